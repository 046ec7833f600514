// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import FoundationEssentials
public import Galley

extension ONNXRuntime {
  /// Runs with ONNX Runtime's profiler, once without counting and then `repetitions` times.
  ///
  /// The profiler counts whole microseconds of each node and forgets what comes after a million records.
  public func profile(
    _ model: ModelFile, inputs: [ModelValue], repetitions: Int
  ) throws -> [OperatorTiming] {
    guard repetitions >= 1 else {
      throw GalleyError(
        .configuration, "can't profile the model", at: model.path, why: "\(repetitions) repetitions measure nothing")
    }
    try requireFormat(model)
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-profile-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw GalleyError(
        .cantCreate, "can't profile the model", at: folder.path, why: "the folder can't be made: \(error)")
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    var options = options
    options.optimizedModel = ""
    let compiled = try ONNXRuntimeModel(
      path: model.path, options: options, library: ONNXRuntimeLibrary.shared(), profilePrefix: folder.path + "/profile")
    let values = try compiled.makeInputs(inputs)
    for _ in 0...repetitions { _ = try compiled.runMade(values) }
    let file = try compiled.endProfiling()
    do {
      return try ONNXRuntimeProfile(Data(contentsOf: URL(filePath: file))).timings(skippingRuns: 1)
    } catch {
      throw GalleyError(.software, "can't read ONNX Runtime's profile", at: model.path, why: "\(error)")
    }
  }
}

extension ONNXRuntimeModel {
  /// Ends profiling and tells where the profile was written.
  fileprivate func endProfiling() throws(GalleyError) -> String {
    var path: UnsafeMutablePointer<CChar>?
    try library.check(
      library.api.pointee.SessionEndProfiling(session, library.allocator, &path), "write a profile", at: self.path)
    guard let path else { throw GalleyError(.software, "can't write a profile", at: self.path, why: "it has no path") }
    let text = String(cString: path)
    try library.check(library.api.pointee.AllocatorFree(library.allocator, path), "free a path")
    return text
  }
}
