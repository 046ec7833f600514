// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Tensors

/// A runtime that is held against the contract, with what it says of itself and the models it reads.
public struct ConformanceSubject: Sendable {
  /// Makes the runtime, as a program would.
  public var makeRuntime: @Sendable () throws -> any Runtime
  /// What the runtime can do; what it can't do must be refused with a `GalleyError`.
  public var claims: ConformanceClaims
  /// The model file of each kind, or `nil` if the runtime's format can't express it.
  public var model: @Sendable (ConformanceModel) throws -> ModelFile?
  /// Inferences after which memory must not have grown: at least 1,000.
  public var runs: Int

  /// Describes a runtime.
  public init(
    claims: ConformanceClaims, runs: Int = 20_000,
    model: @escaping @Sendable (ConformanceModel) throws -> ModelFile? = { try $0.onnxFile() },
    makeRuntime: @escaping @Sendable () throws -> any Runtime
  ) {
    self.makeRuntime = makeRuntime
    self.claims = claims
    self.model = model
    self.runs = runs
  }
}

/// What a runtime says that it can do.
public struct ConformanceClaims: Sendable {
  /// Element types that go in and come out unchanged.
  public var elementTypes: Set<ElementType>
  /// Dimensions may be open, and each session chooses.
  public var dynamicShapes: Bool
  /// Outputs may have a shape that depends on the data.
  public var dataDependentShapes: Bool
  /// Tensors may have no elements.
  public var zeroSize: Bool
  /// Tensors may have no dimensions.
  public var scalars: Bool
  /// Texts go through `run(_:)`.
  public var texts: Bool
  /// Sequences go through `run(_:)`.
  public var sequences: Bool
  /// Optionals go through `run(_:)`.
  public var optionals: Bool
  /// Maps go through `run(_:)`.
  public var maps: Bool
  /// A run can be stopped from another thread.
  public var cancellation: Bool
  /// The runtime can tell how long each operator takes.
  public var profile: Bool
  /// Weights may lie in a file beside the model.
  public var externalWeights: Bool

  /// Claims all but what is named.
  public init(
    elementTypes: Set<ElementType>, dynamicShapes: Bool = true, dataDependentShapes: Bool = true, zeroSize: Bool = true,
    scalars: Bool = true, texts: Bool = true, sequences: Bool = true, optionals: Bool = true, maps: Bool = true,
    cancellation: Bool = true, profile: Bool = true, externalWeights: Bool = true
  ) {
    self.elementTypes = elementTypes
    self.dynamicShapes = dynamicShapes
    self.dataDependentShapes = dataDependentShapes
    self.zeroSize = zeroSize
    self.scalars = scalars
    self.texts = texts
    self.sequences = sequences
    self.optionals = optionals
    self.maps = maps
    self.cancellation = cancellation
    self.profile = profile
    self.externalWeights = externalWeights
  }
}

/// A way in which a runtime breaks the contract.
public struct ConformanceFailure: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
