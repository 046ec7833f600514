// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley

/// Model files that are missing, corrupt or of another format, and files beside them.
struct FileChecks {
  private let subject: Subject

  init(_ subject: ConformanceSubject) throws { self.subject = try Subject(subject) }

  func externalWeights() throws {
    let input = (0..<256).map { Float($0) * 0.5 }
    let value = try ModelValue.floats(input, [256])
    guard try subject.isClaimed(subject.claims.externalWeights, .external, [value]) else { return }
    let expected = input.enumerated().map { Float($0) + $1 }
    try requireEqual(try subject.compile(.external).run([value]), [try .floats(expected, [256])], "the output")
    // Without the file beside it, the model is refused.
    try withFolder { folder in
      var file = try subject.file(.external)
      let copy = folder.appending(path: "alone." + (file.path.split(separator: ".").last ?? "")).path
      try FileManager.default.copyItem(atPath: file.path, toPath: copy)
      file.path = copy
      try requireRefusal(of: "a model whose weights are missing") { _ = try subject.runtime.compile(file) }
    }
  }

  func missing() throws {
    var file = try subject.file(.pair)
    for path in ["/nowhere/model", "/tmp", ""] {
      file.path = path
      let refusal = try requireRefusal(of: "the path '\(path)'") { _ = try subject.runtime.compile(file) }
      try requireEqual(refusal.exitCode, .missingInput, "the exit code of the refusal of '\(path)'")
      try require(path.isEmpty || refusal.description.contains(path), "the refusal doesn't name '\(path)': \(refusal)")
    }
  }

  func corrupt() throws {
    let whole = try Data(contentsOf: URL(filePath: subject.file(.pair).path))
    var examples = [0, 1, 7, whole.count / 2, whole.count * 3 / 4].map { whole.prefix($0) }
    examples.append(Data("this is not a model".utf8))
    examples.append(Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }))
    try withFolder { folder in
      for (index, bytes) in examples.enumerated() {
        let path = folder.appending(path: "corrupt-\(index)").path
        try bytes.write(to: URL(filePath: path))
        let format = try subject.file(.pair).format
        let file = ModelFile(path: path, format: format, digest: Digest(of: bytes), byteCount: bytes.count)
        let refusal = try requireRefusal(of: "a corrupt file of \(bytes.count) bytes") {
          _ = try subject.runtime.compile(file)
        }
        try require(path.isEmpty || refusal.description.contains(path), "the refusal doesn't name the file: \(refusal)")
      }
    }
    _ = try subject.compile(.pair)
  }

  func otherFormats() throws {
    let executed = type(of: subject.runtime).formats
    try require(!executed.isEmpty, "the runtime executes no format")
    var file = try subject.file(.pair)
    try require(executed.contains(file.format), "the runtime doesn't name the format of its models")
    for format in ModelFormat.allCases where !executed.contains(format) {
      file.format = format
      let refusal = try requireRefusal(of: "a file of the format \(format)") { _ = try subject.runtime.compile(file) }
      try requireEqual(refusal.exitCode, .configuration, "the exit code of the refusal of the format \(format)")
    }
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-conformance-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
