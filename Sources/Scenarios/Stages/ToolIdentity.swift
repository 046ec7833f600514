// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import NativeLibraries

/// What a native library contributes to a stage's key: its bytes, so that another version never passes for this one.
enum ToolIdentity {
  /// SHA-256 of ONNX Runtime.
  /// - Throws: `GalleyError` if it isn't here; it says where it was looked for and how to get it.
  static func onnxRuntime() throws(GalleyError) -> String { try digest(of: .onnxRuntime) }

  /// SHA-256 of the layer over LibTorch, which is built anew for each version of LibTorch.
  /// - Throws: `GalleyError` if it isn't here; it says where it was looked for and how to get it.
  static func libTorch() throws(GalleyError) -> String { try digest(of: .galleyTorch) }

  /// SHA-256 of the libraries that an ingredient needs, one after the other.
  /// - Throws: `GalleyError` if one isn't here.
  static func libraries(of card: Card) throws(GalleyError) -> String {
    var digests: [String] = []
    for tool in card.tools { digests.append(try library(tool)) }
    return digests.joined(separator: " ")
  }

  /// SHA-256 of the library that a card calls by `tool`.
  /// - Throws: `GalleyError` if nobody knows it, or it isn't here.
  static func library(_ tool: String) throws(GalleyError) -> String {
    switch tool {
    case "libtorch": return try libTorch()
    case "onnxruntime": return try onnxRuntime()
    case "openvino": return try digest(of: .openVINO)
    case "litert": return try digest(of: .liteRT)
    default:
      throw GalleyError(
        .software, "can't identify the tool '\(tool)'", why: "a card names it, and Galley doesn't know it",
        remedy: "Known: libtorch, litert, onnxruntime, openvino.")
    }
  }

  private static func digest(of library: NativeLibrary) throws(GalleyError) -> String {
    let located: LocatedLibrary
    do throws(NativeLibraryError) {
      located = try NativeLibraryLocator().locate(library)
    } catch {
      throw GalleyError(
        .unavailable, error.failure, at: error.path, why: error.reason,
        remedy: "\(error.advice); galley doctor shows all.")
    }
    if let digest = located.digest { return digest }
    do throws(FileError) {
      return try Digest(ofFileAt: located.path).hex
    } catch {
      throw GalleyError(.unavailable, "can't read \(library.displayName)", at: located.path, why: error.reason)
    }
  }
}
