// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Scores the items of a batch so that a bad one costs only itself: a batch that fails is halved until the item stands
/// alone.
struct BatchScoring<Scorer: ItemScorer> {
  private let scorer: Scorer
  private let classCount: Int

  init(_ scorer: Scorer, classCount: Int) {
    self.scorer = scorer
    self.classCount = classCount
  }

  /// The scores of each item, one for each class, or why it has none.
  /// - Throws: `CancellationError`.
  func score(_ inputs: [[Float]]) throws -> [Result<[Float], ItemFault>] {
    guard !inputs.isEmpty else { return [] }
    let rows: [[Float]]
    do {
      rows = try self.rows(inputs)
    } catch let error as CancellationError {
      throw error
    } catch {
      guard inputs.count > 1 else { return [.failure(error as? ItemFault ?? ItemFault(.infer, error))] }
      return try halved(inputs)
    }
    let bad = rows.indices.filter { !rows[$0].allSatisfy(\.isFinite) }
    var results: [Result<[Float], ItemFault>] = rows.map { .success($0) }
    guard !bad.isEmpty else { return results }
    if inputs.count == 1 { return [.failure(Self.notNumbers(rows[0]))] }
    // One item may have spoilt the others, as where a scale is taken from the whole batch.
    guard bad.count < inputs.count else { return try halved(inputs) }
    for (index, result) in zip(bad, try score(bad.map { inputs[$0] })) { results[index] = result }
    return results
  }

  private func halved(_ inputs: [[Float]]) throws -> [Result<[Float], ItemFault>] {
    let middle = inputs.count / 2
    return try score(Array(inputs[..<middle])) + score(Array(inputs[middle...]))
  }

  private func rows(_ inputs: [[Float]]) throws -> [[Float]] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(inputs.count * (inputs.first?.count ?? 0) * MemoryLayout<Float>.stride)
    for values in inputs { values.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    let batch = try Tensor(elementType: .float32, shape: [inputs.count] + scorer.inputShape, bytes: bytes)
    let scores = try scorer.scores(of: batch)
    guard scores.elementType == .float32 else {
      throw ItemFault(.infer, "the model gave \(scores.elementType) scores, not float32")
    }
    let rowCount = scores.shape.first ?? 0
    guard rowCount == inputs.count else {
      throw ItemFault(
        .infer, "the model gave \(rowCount) rows of scores for \(inputs.count) \(Self.items(inputs.count))")
    }
    guard scores.count == inputs.count * classCount else {
      throw ItemFault(.infer, "the model gave \(scores.count / rowCount) scores for \(classCount) classes")
    }
    let values = try scores.values(as: Float.self)
    return (0..<rowCount).map { Array(values[$0 * classCount..<($0 + 1) * classCount]) }
  }

  private static func items(_ count: Int) -> String { count == 1 ? "item" : "items" }

  private static func notNumbers(_ row: [Float]) -> ItemFault {
    let index = row.firstIndex { !$0.isFinite } ?? 0
    return ItemFault(.infer, "the score of class \(index) is \(row[index]), which is no number")
  }
}
