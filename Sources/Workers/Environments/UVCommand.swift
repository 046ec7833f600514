// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Subprocess
internal import SystemPackage
internal import WorkerProtocol

/// Runs `uv`.
package struct UVCommand {
  /// The program.
  let executable: String
  /// A folder for what it keeps meanwhile.
  let cache: String
  /// The environment of this process.
  let variables: [String: String]

  /// A program.
  package init(executable: String, cache: String, variables: [String: String]) {
    (self.executable, self.cache, self.variables) = (executable, cache, variables)
  }

  /// How a run ended badly.
  package struct Failure: Error {
    /// What it said last, line by line.
    var lines: [String]
    /// How it ended.
    var status: TerminationStatus

    /// What it said last, in one line.
    package var reason: String {
      let words = lines.map { line in
        let plain = line.drop { " ×╰─▶│├".contains($0) }
        return plain.hasPrefix("error:") ? plain.dropFirst("error:".count).drop { $0 == " " } : plain
      }.filter { !$0.isEmpty }
      return words.isEmpty || wasKilled ? "uv \(end)" : words.suffix(6).joined(separator: " ")
    }

    /// Whether somebody else ended it, the kernel for want of memory perhaps.
    package var wasKilled: Bool { if case .signaled = status { true } else { false } }

    private var end: String {
      switch status {
      case .exited(let code): "says nothing and ends with code \(code)"
      case .signaled(let number): "was ended by signal \(number)"
      }
    }

    /// Whether a server couldn't be asked.
    var isOfNetwork: Bool {
      let signs = ["Failed to fetch", "error sending request", "Connect", "dns error", "timed out", "network"]
      return lines.contains { line in signs.contains { line.contains($0) } }
    }
  }

  /// How many lines of what it says are kept.
  private static let keptLines = 50

  /// Runs one command to its end.
  /// - Throws: ``Failure`` if it fails; `GalleyError` if it doesn't start.
  package func run(_ arguments: [String]) async throws {
    var changes: [Environment.Key: String?] = [
      "UV_CACHE_DIR": cache, "UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": nil,
      "NO_COLOR": "1", "UV_NO_CONFIG": "1",
    ]
    // An interpreter that was carried here finds its libraries by this.
    if let libraries = variables["LD_LIBRARY_PATH"] { changes["LD_LIBRARY_PATH"] = libraries }
    // uv has a name of its own for what pip is told by its variable.
    if let index = variables["PIP_INDEX_URL"], !index.isEmpty, variables["UV_DEFAULT_INDEX"] == nil,
      variables["UV_INDEX_URL"] == nil
    {
      changes["UV_DEFAULT_INDEX"] = index
    }
    do {
      let result = try await Subprocess.run(
        .path(FilePath(executable)), arguments: Arguments(arguments), environment: .inherit.updating(changes),
        input: .none, output: .discarded, error: .sequence
      ) { execution in
        try await Self.lastLines(execution.standardError)
      }
      guard result.terminationStatus.isSuccess else {
        throw Failure(lines: result.closureResult, status: result.terminationStatus)
      }
    } catch let error as SubprocessError {
      throw GalleyError(
        .unavailable, "can't run uv", at: executable, why: "\(error)",
        remedy: "Remove the folder \(FilePath(executable).removingLastComponent()); uv is then fetched again.")
    }
  }

  /// What it says last; however much it says, it must be read.
  private static func lastLines(_ output: SubprocessOutputSequence) async throws -> [String] {
    var (splitter, lines): (LineSplitter, [String]) = (LineSplitter(limit: 1 << 16), [])
    for try await buffer in output {
      let pieces = buffer.withUnsafeBytes { splitter.append($0) }
      for case .line(let line) in pieces { lines.append(String(decoding: line, as: UTF8.self)) }
      lines.removeFirst(max(0, lines.count - keptLines))
    }
    let rest = String(decoding: splitter.unfinished, as: UTF8.self)
    return rest.isEmpty ? lines : lines + [rest]
  }
}
