// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Galley
import Testing

@Suite("A runtime as a backend keeps the contract")
struct RuntimeBackendConformanceTests {
  static let kinds = RuntimeBackend.Kind.allCases.filter { kind in
    if case .available = RuntimeBackend(kind).availability() { true } else { false }
  }

  @Test(arguments: kinds, BackendCase.allCases)
  func `it`(kind: RuntimeBackend.Kind, behaviour: BackendCase) async throws {
    try await behaviour.check(
      BackendSubject(RuntimeBackend(kind)) { data in
        let (file, card) = try ColourModel.make(in: data.folder)
        return .file(file, card)
      })
  }
}
