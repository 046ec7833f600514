// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import NativeLibraries

/// `torch-worker-fixture FOLDER` is the worker of `galley worker torch`, with native libraries from `FOLDER`, for tests
/// that don't have the whole program.
@main
enum TorchWorkerFixture {
  static func main() async {
    let locator =
      CommandLine.arguments.dropFirst().first.map { NativeLibraryLocator(explicit: $0) } ?? NativeLibraryLocator()
    await LibTorchWorker.serve(locator: locator)
  }
}
