// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// The file that ONNX Runtime writes the rewritten graph to: under another name until it is whole.
struct ONNXRuntimeRewrittenModel {
  private let path: String
  private let part: String

  /// Asks for the file, if the options do.
  init?(
    _ options: ONNXRuntime.Options, _ sessionOptions: OpaquePointer, _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) {
    guard !options.optimizedModel.isEmpty else { return nil }
    path = options.optimizedModel
    let url = URL(filePath: path)
    let folder = url.deletingLastPathComponent()
    part = folder.appending(path: ".\(UUID().uuidString).onnx").path
    guard FileManager.default.isWritableFile(atPath: folder.path) else {
      throw GalleyError(
        .cantCreate, "can't write the rewritten model", at: path, why: "its folder is missing or can't be written")
    }
    try library.check(
      library.api.pointee.SetOptimizedModelFilePath(sessionOptions, part), "write the rewritten model", at: path)
  }

  /// Gives the file its name, after the model was compiled.
  func keep() throws(GalleyError) {
    guard rename(part, path) == 0 else {
      throw GalleyError(
        .cantCreate, "can't write the rewritten model", at: path, why: String(cString: strerror(errno)))
    }
  }

  /// Removes what is left under the other name if the compilation failed.
  func discard() { try? FileManager.default.removeItem(atPath: part) }
}
