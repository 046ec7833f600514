// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What `device.sh` does on a device.
struct DeviceShell: Sendable {
  let ssh: SecureShell

  /// A call of one of the script's functions.
  struct Call: Sendable {
    var function: String
    var arguments: [String]
    /// What the function reads, line by line.
    var document: [String]?

    init(_ function: String, _ arguments: String..., reading document: [String]? = nil) {
      (self.function, self.arguments, self.document) = (function, arguments, document)
    }

    fileprivate var line: String {
      let words = ([function] + arguments.map(Self.quoted)).joined(separator: " ")
      guard let document else { return words + " </dev/null\n" }
      return "\(words) <<'\(Self.end)'\n" + document.map { "\($0)\n" }.joined() + Self.end + "\n"
    }

    private static let end = "galley-end-of-document"

    private static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }
  }

  private static let script = String(decoding: PackageResources.device_sh, as: UTF8.self)

  /// Calls functions one after the other; the first that fails ends it.
  /// - Returns: what the last one said.
  /// - Throws: `GalleyError`; `CancellationError`.
  func ask(_ calls: Call..., within limit: Duration = .seconds(120)) async throws -> DeviceAnswer {
    let script = Self.script + calls.map(\.line).joined()
    let answer = try await ssh.run(["sh", "-s"], reading: .text(script), within: limit)
    let said = DeviceAnswer(answer.output)
    if let kind = said["fail"] {
      throw DeviceFailure(
        kind, said.all("words").filter { !$0.isEmpty }.joined(separator: "; "), said["back"], ssh.destination
      ).error
    }
    guard answer.status == 0, said["done"] == calls.last?.function else {
      let words = answer.errors.split(whereSeparator: \.isNewline).last.map { String($0).onOneLine }
      throw GalleyError(
        .unavailable, "can't work on the device", at: ssh.destination,
        why: "its shell broke off" + (words.map { ": \($0)" } ?? ""),
        remedy: "A shell that POSIX describes is needed there: see whether 'ssh \(ssh.destination) sh -c true' works.")
    }
    return said
  }

  /// Appends a file, from some byte on, to one on the device.
  /// - Parameter onProgress: Told how many bytes of the file were read.
  /// - Throws: `GalleyError`; `CancellationError`.
  func append(
    _ file: String, from start: Int, to path: String, onProgress: @escaping @Sendable (Int) -> Void
  ) async throws {
    // The path has nothing that a shell of any kind takes for something else.
    let answer = try await ssh.run(
      ["sh", "-c", "'exec cat >>\(path)'"], reading: .file(file, from: start, onProgress), within: nil)
    guard answer.status != 0 else { return }
    throw DeviceFailure("write", answer.errors, nil, ssh.destination).error
  }
}

/// What the script said: lines of a key and a value.
package struct DeviceAnswer: Sendable {
  private let lines: [(key: String, value: String)]

  package init(_ text: String) {
    lines = text.split(separator: "\n").compactMap { line -> (key: String, value: String)? in
      guard line.hasPrefix("galley:") else { return nil }
      let words = line.dropFirst("galley:".count).split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      // What a device says is shown to people.
      return words.count == 2 ? (key: String(words[0]), value: String(words[1]).onOneLine) : nil
    }
  }

  /// The last value of a key; `nil` if it was never said, or is empty.
  subscript(key: String) -> String? { lines.last { $0.key == key }?.value.nonEmpty }

  /// All values of a key, in their order.
  func all(_ key: String) -> [String] { lines.filter { $0.key == key }.map(\.value) }

}

extension String {
  fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
