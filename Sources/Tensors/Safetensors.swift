// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// Named tensors in the safetensors format: a JSON header with each tensor's type, shape and offsets, then the bytes.
///
/// Format: 8 bytes header length (little-endian), the header, the data; see Hugging Face's safetensors documentation.
/// Reading checks every length and offset, so that a foreign file can't make the program read beyond its bytes.
public struct Safetensors: Sendable, Hashable {
  /// The tensors by name.
  public var tensors: [String: Tensor]
  /// Free text that describes the file, by key.
  public var metadata: [String: String]

  /// Longest header that is read, in bytes; the limit of the reference implementation.
  public static let maximumHeaderLength = 100_000_000

  /// Creates a collection of tensors.
  public init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads the format's bytes.
  /// - Throws: `TensorError` with the first thing that is wrong.
  public init(_ data: Data) throws(TensorError) {
    let (header, start) = try Self.header(of: data)
    tensors = [:]
    metadata = header.metadata
    let body = data.count - start
    for (name, entry) in header.entries {
      guard let elementType = Self.elementType(entry.dtype) else {
        throw TensorError(.malformedFile, "tensor '\(name)' has the unknown type \(entry.dtype)")
      }
      guard entry.offsets.count == 2, entry.offsets[0] >= 0, entry.offsets[0] <= entry.offsets[1],
        entry.offsets[1] <= body
      else {
        throw TensorError(.malformedFile, "tensor '\(name)' lies at \(entry.offsets), outside the file's \(body) bytes")
      }
      let range = data.startIndex + start + entry.offsets[0]..<data.startIndex + start + entry.offsets[1]
      tensors[name] = try Tensor(elementType: elementType, shape: entry.shape, bytes: Array(data[range]))
    }
  }

  /// The free text that describes a file; nothing of its tensors is read.
  /// - Throws: `TensorError` if the header is damaged.
  public static func metadata(of data: Data) throws(TensorError) -> [String: String] {
    try header(of: data).header.metadata
  }

  /// The tensor called `name`.
  /// - Throws: `TensorError` that lists the names that exist.
  public func tensor(_ name: String) throws(TensorError) -> Tensor {
    guard let tensor = tensors[name] else {
      let names = tensors.keys.sorted().joined(separator: ", ")
      throw TensorError(.malformedFile, "there is no tensor '\(name)'; the file holds \(names)")
    }
    return tensor
  }

  /// The format's bytes; equal contents give equal bytes.
  public func serialized() throws -> Data {
    var header: [String: HeaderValue] = metadata.isEmpty ? [:] : ["__metadata__": .metadata(metadata)]
    var offset = 0
    let ordered = tensors.sorted { $0.key < $1.key }
    for (name, tensor) in ordered {
      let end = offset + tensor.bytes.count
      header[name] = .tensor(
        Entry(dtype: try Self.typeName(tensor.elementType), shape: tensor.shape, offsets: [offset, end]))
      offset = end
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = try encoder.encode(header)
    // The data begins at a multiple of 8, as the reference implementation writes it.
    json.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - json.count % 8) % 8))
    var file = Data(capacity: 8 + json.count + offset)
    withUnsafeBytes(of: UInt64(json.count).littleEndian) { file.append(contentsOf: $0) }
    file.append(json)
    for (_, tensor) in ordered { file.append(contentsOf: tensor.bytes) }
    return file
  }
}

extension Safetensors {
  private struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]
    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private enum HeaderValue: Codable {
    case tensor(Entry)
    case metadata([String: String])

    init(from decoder: any Decoder) throws {
      if decoder.codingPath.last?.stringValue == "__metadata__" {
        self = .metadata(try [String: String](from: decoder))
      } else {
        self = .tensor(try Entry(from: decoder))
      }
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .tensor(let entry): try entry.encode(to: encoder)
      case .metadata(let text): try text.encode(to: encoder)
      }
    }
  }

  private static func header(
    of data: Data
  ) throws(TensorError) -> (header: (entries: [String: Entry], metadata: [String: String]), start: Int) {
    guard data.count >= 8 else { throw TensorError(.malformedFile, "\(data.count) bytes are too few for safetensors") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(maximumHeaderLength), Int(length) <= data.count - 8 else {
      throw TensorError(.malformedFile, "the header claims \(length) bytes, but the file has \(data.count)")
    }
    let start = 8 + Int(length)
    let values: [String: HeaderValue]
    do {
      values = try JSONDecoder().decode([String: HeaderValue].self, from: data.dropFirst(8).prefix(Int(length)))
    } catch {
      throw TensorError(.malformedFile, "the header is not safetensors JSON")
    }
    var entries: [String: Entry] = [:]
    var metadata: [String: String] = [:]
    for (name, value) in values {
      switch value {
      case .tensor(let entry): entries[name] = entry
      case .metadata(let text): metadata = text
      }
    }
    return ((entries, metadata), start)
  }

  private static let typeNames: [(ElementType, String)] = [
    (.bool, "BOOL"), (.uint8, "U8"), (.uint16, "U16"), (.uint32, "U32"), (.uint64, "U64"), (.int8, "I8"),
    (.int16, "I16"), (.int32, "I32"), (.int64, "I64"), (.float16, "F16"), (.bfloat16, "BF16"), (.float32, "F32"),
    (.float64, "F64"), (.complex64, "C64"), (.float8e4m3fn, "F8_E4M3"), (.float8e5m2, "F8_E5M2"),
  ]

  private static func elementType(_ name: String) -> ElementType? { typeNames.first { $0.1 == name }?.0 }

  private static func typeName(_ type: ElementType) throws(TensorError) -> String {
    guard let entry = typeNames.first(where: { $0.0 == type }) else {
      throw TensorError(.typeMismatch, "safetensors has no word for \(type)")
    }
    return entry.1
  }
}
