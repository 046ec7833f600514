// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import NativeLibraries
public import WorkerProtocol

internal import Torch

/// The worker that trains and exports with LibTorch: the process behind `galley worker torch`.
///
/// Its method is `run` (`VerbRequest` to `VerbResult`). `describe` adds LibTorch's version and the shim's path; until one
/// of the two is called, nothing is loaded.
public enum LibTorchWorker {
  /// The worker's name.
  public static let name = "torch"
  /// The ingredients that the worker offers.
  public static var cards: [Card] { TorchHost.architectures.entries.map(\.card) + [SupervisedTrainer.card] }

  /// Serves the standard streams until the client is done.
  /// - Parameters:
  ///   - version: The version of the program.
  ///   - locator: Finds the shim library.
  public static func serve(
    version: String = galleyVersion.description, locator: NativeLibraryLocator = NativeLibraryLocator()
  ) async {
    // First of all, because LibTorch prints to the standard output.
    let streams = WorkerStreams.reservingStandardStreams()
    await server(version: version, locator: locator).serve(on: streams)
  }

  /// The server with its methods, for whoever has other streams or adds methods.
  public static func server(version: String, locator: NativeLibraryLocator) -> WorkerServer {
    let host = TorchHost(locator)
    var server = WorkerServer(name: name, version: version, cards: cards, backend: LibTorchBackend.descriptor) {
      let library = try host.library()
      return ["libtorch": library.version, "shim": library.path]
    }
    server.handle(StandardMethod.run, as: VerbRequest.self) { request, context in
      try await RunHandler(host: host, context: context).run(request)
    }
    return server
  }
}
