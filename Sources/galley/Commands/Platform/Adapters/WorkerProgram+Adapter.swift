// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import Galley
internal import Platform
internal import WorkerProtocol
internal import Workers

extension WorkerSource {
  /// The adapter that a command line or a model names: a registered worker, or `FILE` or `FILE:Class`.
  /// - Parameter python: The interpreter; `nil` for the one that the worker was registered with, or the usual one.
  /// - Throws: `GalleyError` if there is no such worker and no such file.
  init(adapter text: String, python: String?) throws(GalleyError) {
    let register = WorkerRegister(home: .ofThisProgram)
    if let known = register.all().workers.first(where: { $0.name == text && $0.adapter != nil }) {
      self = known.source
      self.python = python ?? self.python
    } else {
      self.init(program: try WorkerProgram(argument: text), python: python, home: register.home.root)
    }
  }

  /// How the process that hosts it is started.
  var host: HostProgram {
    HostProgram(
      executable: WorkerProcess.ownExecutable(),
      arguments: ["worker", "python", program.argument] + (python.map { ["--python", $0] } ?? []), name: program.name)
  }
}

extension PlatformModel {
  /// The adapter that the model remembers, as it is written on a command line.
  var adapterText: String? {
    if case .string(let text)? = metadata["galley", "adapter"] { text } else { nil }
  }

  /// The metadata with an adapter to remember.
  func metadata(remembering adapter: String) -> JSONObject {
    var values = metadata.values
    var own: [String: ConfigurationValue] = [:]
    if case .map(let known)? = values["galley"] { own = known }
    own["adapter"] = .string(adapter)
    values["galley"] = .map(own)
    return JSONObject(values)
  }
}
