// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import Galley
internal import Platform
internal import WorkerProtocol
internal import Workers

extension WorkerSource {
  /// The adapter that a command line or a model names: a registered worker, or `FILE` or `FILE:Class`.
  /// - Parameter python: The interpreter; `nil` for the one that the worker was registered with, by its name or by its
  ///   file, or the usual one.
  /// - Throws: `GalleyError` if there is no such worker and no such file.
  init(adapter text: String, python: String?) throws(GalleyError) {
    let register = WorkerRegister(home: .ofThisProgram)
    let known = register.all().workers.filter { $0.adapter != nil }
    if let named = known.first(where: { $0.name == text }) {
      self = named.source
      self.python = python ?? self.python
      return
    }
    let program = try WorkerProgram(argument: text)
    // A model remembers the file of a registered worker, which is still run as it was registered.
    let registered = known.first { $0.source.program.argument == program.argument }
    self.init(program: program, python: python ?? registered?.source.python, home: register.home.root)
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
