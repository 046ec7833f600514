// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing
import Torch

/// What each choice does to an operation without a deterministic implementation. The processor has one for all
/// operations of this room, so LibTorch's own check is called, which every operation that has none begins with.
///
/// In processes of their own, since the setting is the process's.
@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct DeterminismTests {
  @Test func anUnsureOperationRunsWhereAllMay() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      try UnsureOperation.call(.off)
    }
    #expect(try !UnsureOperation.words(#require(result)).contains("deterministic"))
  }

  @Test func anUnsureOperationIsWarnedOf() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      try UnsureOperation.call(.warn)
    }
    let words = try UnsureOperation.words(#require(result))
    // The form by which a warning is known among the lines of a worker.
    let line = try #require(words.split(separator: "\n").first { $0.hasPrefix("[W") })
    #expect(line.contains("] Warning: unsure_operation does not have a deterministic implementation"))
  }

  @Test func anUnsureOperationIsRefused() async throws {
    // The exception isn't caught: the shim's boundary isn't there.
    let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
      try UnsureOperation.call(.on)
    }
    let words = try UnsureOperation.words(#require(result))
    #expect(words.contains("unsure_operation does not have a deterministic implementation"))
  }

  @Test func layersOnTheProcessorAreAllDeterministic() async {
    await #expect(processExitsWith: .success) {
      try Reference.library.setDeterministic(.on)
      let (network, state, fixture) = try ReferenceNetwork.loaded("before")
      let loss = try network(fixture.torch("inputs"), .training).crossEntropy(targets: fixture.torch("targets"))
      try loss.backward()
      #expect(try state.parameters.allSatisfy { try $0.tensor.gradient != nil })
    }
  }
}

private enum UnsureOperation {
  struct Absent: Error {}

  /// Calls `at::Context::alertNotDeterministic("unsure_operation")`, whose text is passed by reference: a length and
  /// a pointer.
  static func call(_ mode: Determinism) throws {
    try Reference.library.setDeterministic(mode)
    guard let torch = dlopen("libtorch_cpu.so", RTLD_NOLOAD | RTLD_LAZY),
      let symbol = dlsym(
        torch, "_ZN2at7Context21alertNotDeterministicERKSt17basic_string_viewIcSt11char_traitsIcEE")
    else { throw Absent() }
    let alert = unsafeBitCast(symbol, to: (@convention(c) (UnsafeRawPointer) -> Void).self)
    let name = "unsure_operation"
    name.withCString { text in
      withUnsafePointer(to: (length: name.utf8.count, text: text)) { alert($0) }
    }
  }

  static func words(_ result: ExitTest.Result) -> String {
    String(decoding: result.standardErrorContent, as: UTF8.self)
  }
}
