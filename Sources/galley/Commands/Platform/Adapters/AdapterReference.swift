// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import Foundation
internal import Galley
internal import Platform
internal import WorkerProtocol

/// Where a model's adapter is: a Python file, and the class in it if there are several.
struct AdapterReference: Sendable, Hashable {
  /// The file's absolute path.
  var file: String
  /// The class; `nil` if the file has one adapter only.
  var className: String?

  /// Reads `FILE` or `FILE:Class`.
  /// - Throws: `GalleyError` if there is no such file.
  init(_ text: String, relativeTo folder: String = FileManager.default.currentDirectoryPath) throws(GalleyError) {
    let (path, name) = Self.parts(of: text, in: folder)
    let file = URL(filePath: path, relativeTo: URL(filePath: folder, directoryHint: .isDirectory))
      .standardizedFileURL.path(percentEncoded: false)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else {
      throw GalleyError(
        .missingInput, "can't use the adapter", at: file, why: isFolder.boolValue ? "it is a folder" : "no such file",
        remedy: "Name the Python file with the adapter's class: --adapter FILE, or FILE:Class.")
    }
    self.file = file
    className = name
  }

  /// A colon may be part of the file's name too.
  private static func parts(of text: String, in folder: String) -> (path: String, name: String?) {
    let whole = URL(filePath: text, relativeTo: URL(filePath: folder, directoryHint: .isDirectory))
    if FileManager.default.fileExists(atPath: whole.path(percentEncoded: false)) { return (text, nil) }
    guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
    let name = String(text[text.index(after: colon)...])
    let isIdentifier = !name.isEmpty && name.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
    return isIdentifier ? (String(text[..<colon]), name) : (text, nil)
  }

  /// As it is written on a command line.
  var text: String { className.map { "\(file):\($0)" } ?? file }

  /// How the process that hosts it is started.
  func command(python: String?) -> WorkerCommand {
    WorkerCommand(
      executable: WorkerProcess.ownExecutable(),
      arguments: ["worker", "python", text] + (python.map { ["--python", $0] } ?? []),
      name: URL(filePath: file).lastPathComponent)
  }
}

extension PlatformModel {
  /// The adapter that the model remembers, as it is written on a command line.
  var adapterText: String? {
    if case .string(let text)? = metadata["galley", "adapter"] { text } else { nil }
  }

  /// The metadata with an adapter to remember.
  func metadata(remembering adapter: AdapterReference) -> JSONObject {
    var values = metadata.values
    var own = values["galley"]?.fields ?? [:]
    own["adapter"] = .string(adapter.text)
    values["galley"] = .map(own)
    return JSONObject(values)
  }
}
