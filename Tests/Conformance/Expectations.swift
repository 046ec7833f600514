// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Fails unless the condition holds.
func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  if !condition { throw ConformanceFailure(what()) }
}

/// Fails unless `found` is what was expected.
func requireEqual<Value: Equatable>(_ found: Value, _ expected: Value, _ what: @autoclosure () -> String) throws {
  if found != expected { throw ConformanceFailure("\(what()) is \(found), not \(expected)") }
}

/// The refusal that `body` throws.
/// - Throws: `ConformanceFailure` if it throws none, or an error of another type.
@discardableResult
func requireRefusal(of what: @autoclosure () -> String, _ body: () throws -> Void) throws -> GalleyError {
  do {
    try body()
  } catch let error as GalleyError {
    try require(!error.what.isEmpty && !error.why.isEmpty, "the refusal of \(what()) gives no reason")
    return error
  } catch {
    throw ConformanceFailure("\(what()) is refused with \(type(of: error)), not GalleyError")
  }
  throw ConformanceFailure("\(what()) is not refused")
}

/// What all checks share.
struct Subject {
  let subject: ConformanceSubject
  let runtime: any Runtime

  var claims: ConformanceClaims { subject.claims }

  init(_ subject: ConformanceSubject) throws {
    self.subject = subject
    runtime = try subject.makeRuntime()
  }

  /// The file of a model that a check can't do without.
  func file(_ model: ConformanceModel) throws -> ModelFile {
    guard let file = try subject.model(model) else {
      throw ConformanceFailure("there is no file of the model \(model)")
    }
    return file
  }

  /// The compiled model.
  func compile(_ model: ConformanceModel) throws -> any CompiledModel { try runtime.compile(file(model)) }

  /// Whether to go on with a model that only a runtime which claims something runs; a runtime that doesn't must refuse
  /// it when it is compiled or run.
  func isClaimed(_ claim: Bool, _ model: ConformanceModel, _ inputs: [ModelValue]) throws -> Bool {
    if claim { return true }
    guard let file = try subject.model(model) else { return false }
    try requireRefusal(of: "the model \(model), which the runtime doesn't claim to run,") {
      _ = try runtime.compile(file).run(inputs)
    }
    return false
  }
}

extension InferenceSession {
  /// Writes values into an input.
  func set(_ index: Int, _ values: [Float]) throws { try values.withUnsafeBytes { try setInput(index, $0) } }

  /// An output as float32 values, with its shape.
  func floats(_ index: Int) throws -> (values: [Float], shape: [Int]) {
    try withOutput(index) { bytes, shape in (Array(bytes.bindMemory(to: Float.self)), shape) }
  }
}

extension ModelValue {
  /// A float32 tensor.
  static func floats(_ values: [Float], _ shape: [Int]) throws -> ModelValue {
    .tensor(try Tensor(values, shape: shape))
  }

  /// Texts in one dimension.
  static func texts(_ values: [String]) throws -> ModelValue {
    .strings(try StringTensor(values, shape: [values.count]))
  }
}
