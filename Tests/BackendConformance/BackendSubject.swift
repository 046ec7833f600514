// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A backend that is held against the contract, with a model that it can use on the suite's data.
public struct BackendSubject: Sendable {
  /// The backend, as a program would make it.
  public var backend: any Backend
  /// A model of the suite's three classes for inputs of `BackendData.preprocessing`; one that trains may train it on the
  /// data. How good it is doesn't matter.
  public var model: @Sendable (BackendData) async throws -> ModelReference

  /// Describes a backend.
  public init(_ backend: any Backend, model: @escaping @Sendable (BackendData) async throws -> ModelReference) {
    self.backend = backend
    self.model = model
  }
}

/// A way in which a backend breaks the contract.
public struct BackendFailure: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Demands that something holds.
func demand(_ isKept: Bool, _ otherwise: @autoclosure () -> String) throws {
  guard isKept else { throw BackendFailure(otherwise()) }
}
