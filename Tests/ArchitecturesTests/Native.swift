// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import NativeLibraries
import Testing
import Torch

/// LibTorch, opened once for these tests.
enum Native {
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let opened = Result<TorchLibrary, any Error> {
    let isNamed = ProcessInfo.processInfo.environment[NativeLibraryLocator.variable] != nil
    let folder = package.appending(path: ".native").path()
    let library = try TorchLibrary.open(isNamed ? NativeLibraryLocator() : NativeLibraryLocator(explicit: folder))
    // As the peers: sums over several threads round in another order.
    try library.setThreadCount(1)
    return library
  }

  static var absence: Comment {
    switch opened {
    case .success: "LibTorch is there"
    case .failure(let error): "\(error)"
    }
  }

  static var library: TorchLibrary { get throws { try opened.get() } }
}
