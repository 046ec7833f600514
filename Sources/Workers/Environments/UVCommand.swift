// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Subprocess
internal import SystemPackage

/// Runs `uv`.
struct UVCommand {
  /// The program.
  let executable: String
  /// A folder for what it keeps meanwhile.
  let cache: String
  /// The environment of this process.
  let variables: [String: String]

  /// How a run ended badly.
  struct Failure: Error {
    /// What it said, line by line.
    var lines: [String]

    /// What it said last, in one line.
    var reason: String {
      let words = lines.map { $0.drop { " ×╰─▶│├error:".contains($0) } }.filter { !$0.isEmpty }
      return words.isEmpty ? "uv says nothing" : words.suffix(6).joined(separator: " ")
    }

    /// Whether a server couldn't be asked.
    var isOfNetwork: Bool {
      let signs = ["Failed to fetch", "error sending request", "Connect", "dns error", "timed out", "network"]
      return lines.contains { line in signs.contains { line.contains($0) } }
    }
  }

  /// Runs one command to its end.
  /// - Throws: ``Failure`` if it fails; `GalleyError` if it doesn't start.
  func run(_ arguments: [String]) async throws {
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
        input: .none, output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
      guard result.terminationStatus.isSuccess else {
        throw Failure(lines: result.standardError.split(separator: "\n").map(String.init))
      }
    } catch let error as SubprocessError {
      throw GalleyError(
        .unavailable, "can't run uv", at: executable, why: "\(error)",
        remedy: "Remove its folder; it is then fetched again.")
    }
  }
}
