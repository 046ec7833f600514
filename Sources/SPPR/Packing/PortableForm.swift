// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley

extension PortableDocument {
  /// Reads a serialized portable recipe: base64 of zlib of YAML.
  /// - Parameters:
  ///   - data: what a file or a table's cell holds; white space around it does no harm.
  ///   - name: what to call it in messages, such as the file's path.
  ///   - limits: how much it may ask of the reader.
  /// - Throws: `GalleyError` with the layer and the place that is wrong.
  public init(serialized data: Data, name: String = "SPPR", limits: PortableLimits = .init()) throws(GalleyError) {
    guard data.count <= limits.encodedBytes else {
      throw Self.refusal(name, "it has \(data.count) bytes; at most \(limits.encodedBytes) are read", Self.sizeRemedy)
    }
    guard data.contains(where: { $0 > 32 }) else { throw Self.refusal(name, "it is empty", Self.formRemedy) }
    let packed: [UInt8]
    do throws(Base64.Problem) {
      packed = try Base64.decode(data)
    } catch {
      throw Self.refusal("\(name), base64 offset \(error.offset)", error.why, Self.formRemedy)
    }
    let inflated: [UInt8]
    do throws(Zlib.Problem) {
      inflated = try Zlib.inflate(packed, limit: limits.inflatedBytes)
    } catch {
      let place = "\(name), zlib offset \(error.offset) of \(packed.count)"
      throw Self.refusal(place, "the compressed bytes are damaged: \(error.why)", Self.formRemedy)
    }
    guard let yaml = String(validating: inflated, as: UTF8.self) else {
      throw Self.refusal("\(name), inflated", "the bytes are no UTF-8", Self.formRemedy)
    }
    try self.init(yaml: yaml, name: name, limits: limits)
  }

  /// Reads the YAML inside a portable recipe as PyYAML's safe loader does.
  /// - Throws: `GalleyError` with line, column and path.
  public init(yaml: String, name: String = "SPPR", limits: PortableLimits = .init()) throws(GalleyError) {
    do throws(YAMLProblem) {
      self = try YAMLParser.read(yaml, limits: limits)
    } catch {
      let path = error.path.steps.isEmpty ? "" : " (\(error.path))"
      throw Self.refusal("\(name), YAML \(error.line):\(error.column)\(path)", error.why, nil)
    }
  }

  /// The document as PyYAML's `yaml.dump(document, sort_keys=True)` writes it, byte for byte.
  public var yaml: String { YAMLWriter.write(self) }

  /// The document in its serialized portable form, byte for byte what LEIP writes, in one line without its end.
  /// - Throws: `GalleyError` if zlib refuses, as it does for want of memory.
  public func serialized() throws(GalleyError) -> Data {
    guard let packed = Zlib.deflate(Array(yaml.utf8)) else {
      throw GalleyError(.software, "can't write the portable recipe", why: "zlib could not compress it")
    }
    return Data(Base64.encode(packed))
  }

  private static let formRemedy =
    "A portable recipe is one line of base64 that begins with 'eJ'; check that it was copied whole."
  private static let sizeRemedy = "If it really is a portable recipe, read it with higher limits."

  static func refusal(_ place: String, _ why: String, _ remedy: String?) -> GalleyError {
    GalleyError(.badData, "can't read the portable recipe", at: place, why: why, remedy: remedy)
  }
}
