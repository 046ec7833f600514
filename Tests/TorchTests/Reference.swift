// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import NativeLibraries
import Tensors
import Testing
import Torch

/// LibTorch, opened once for all tests, and the results of Python's PyTorch that it is held against.
enum Reference {
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The library, or why there is none.
  static let opened = Result<TorchLibrary, any Error> {
    let isNamed = ProcessInfo.processInfo.environment[NativeLibraryLocator.variable] != nil
    let folder = package.appending(path: ".native").path()
    let library = try TorchLibrary.open(isNamed ? NativeLibraryLocator() : NativeLibraryLocator(explicit: folder))
    try library.setThreadCount(1)
    return library
  }

  static var isAvailable: Bool { (try? opened.get()) != nil }

  /// Why tests are skipped: names the file that is missing.
  static var absence: Comment {
    switch opened {
    case .success: "LibTorch is there"
    case .failure(let error): "\(error)"
    }
  }

  static var library: TorchLibrary { get throws { try opened.get() } }

  static func fixture(_ name: String) throws -> Safetensors {
    try Safetensors(Data(contentsOf: fixtures.appending(path: name)))
  }

  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
}

extension Safetensors {
  /// The tensors whose names begin with `prefix` and a dot, without it.
  func part(_ prefix: String) -> Safetensors {
    let kept = tensors.filter { $0.key.hasPrefix(prefix + ".") }
    return Safetensors(
      tensors: Dictionary(uniqueKeysWithValues: kept.map { (String($0.key.dropFirst(prefix.count + 1)), $0.value) }))
  }

  /// A tensor as LibTorch has it.
  func torch(_ name: String) throws -> TorchTensor { try TorchTensor(tensor(name), in: Reference.library) }
}

/// Checks that two float32 tensors agree to 1e-5 of the expected tensor's largest magnitude, and others exactly.
///
/// A gradient that is zero but for rounding, such as that of a bias before a normalisation, is held to 1e-7.
func expectClose(
  _ found: TorchTensor, _ expected: Tensor, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let found = try found.toTensor()
  #expect(found.shape == expected.shape, "\(name)", sourceLocation: sourceLocation)
  #expect(found.elementType == expected.elementType, "\(name)", sourceLocation: sourceLocation)
  guard expected.elementType == .float32, found.elementType == .float32 else {
    #expect(found == expected, "\(name)", sourceLocation: sourceLocation)
    return
  }
  let (left, right) = (try found.values(as: Float.self), try expected.values(as: Float.self))
  let scale = right.map(abs).max() ?? 0
  let difference = zip(left, right).map { abs($0 - $1) }.max() ?? 0
  #expect(difference <= 1e-5 * max(scale, 1e-2), "\(name) differs by \(difference)", sourceLocation: sourceLocation)
}
