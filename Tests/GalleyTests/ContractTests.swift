// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Tensors
import Testing

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("epoch", "epochs"), ("Epochs", "epochs"), ("lerningRate", "learningRate"), ("bachtSize", "batchSize"),
  ])
  func findsWhatWasMeant(name: String, expected: String) {
    #expect(NearestName.match(name, in: ["learningRate", "epochs", "batchSize", "seed"]) == expected)
  }

  @Test(arguments: ["zzzzzz", "temperature"])
  func staysSilentWhenNothingIsNear(name: String) {
    #expect(NearestName.match(name, in: ["learningRate", "epochs"]) == nil)
  }

  @Test func copesWithEmptyNames() {
    #expect(NearestName.match("", in: []) == nil)
    #expect(NearestName.match("", in: ["a"]) == "a")
  }
}

@Suite struct OptionKindTests {
  @Test(arguments: [
    (OptionKind.int(minimum: 1, maximum: 3), ConfigurationValue.int(2), ConfigurationValue.int(2)),
    (.float(minimum: 0, maximum: 1), .int(1), .float(1)),
    (.bool, .bool(true), .bool(true)),
    (.choice(["a", "b"]), .string("b"), .string("b")),
    (.list(.int(minimum: 0, maximum: 9)), .list([.int(1)]), .list([.int(1)])),
  ])
  func acceptsItsValues(kind: OptionKind, value: ConfigurationValue, stored: ConfigurationValue) {
    #expect(kind.accept(value) == .success(stored))
  }

  @Test(arguments: [
    (OptionKind.int(minimum: 1, maximum: 3), ConfigurationValue.int(4)), (.int(minimum: 1, maximum: 3), .float(2)),
    (.float(minimum: 0, maximum: 1), .float(.nan)), (.float(minimum: 0, maximum: 1), .string("1")),
    (.bool, .int(1)), (.choice(["a"]), .string("A")), (.list(.bool), .list([.bool(true), .int(0)])), (.path, .null),
  ])
  func refusesOthersWithAReason(kind: OptionKind, value: ConfigurationValue) throws {
    guard case .failure(let refusal) = kind.accept(value) else {
      Issue.record("\(value) was accepted as \(kind.summary)")
      return
    }
    #expect(!refusal.reason.isEmpty)
  }
}

@Suite struct PreprocessingTests {
  @Test func bringsChannelsToTheFront() throws {
    // One image of 1×2 pixels with three channels.
    let items = try Tensor([10, 20, 30, 40, 50, 60] as [UInt8], shape: [1, 1, 2, 3])
    let preprocessing = Preprocessing(scale: 0.1, mean: [1, 2, 3], deviation: [1, 2, 4])
    let input = try preprocessing.apply(to: items)
    #expect(input.shape == [1, 3, 1, 2])
    let values: [Float] = try input.values()
    let expected: [Float] = [0, 3, 0, 1.5, 0, 0.75]
    for (value, expected) in zip(values, expected) { #expect(abs(value - expected) < 1e-6) }
  }

  @Test func keepsChannelsLastWhenAsked() throws {
    let items = try Tensor([1, 2, 3, 4] as [Float], shape: [1, 1, 2, 2])
    let input = try Preprocessing(layout: .nhwc, scale: 2).apply(to: items)
    #expect(try input.values(as: Float.self) == [2, 4, 6, 8])
    #expect(input.shape == [1, 1, 2, 2])
  }

  @Test func refusesWhatDoesNotFit() throws {
    let items = try Tensor([1, 2] as [UInt8], shape: [1, 1, 1, 2])
    #expect(throws: GalleyError.self) { try Preprocessing(scale: 1, mean: [0, 0, 0]).apply(to: items) }
    #expect(throws: GalleyError.self) { try Preprocessing(scale: 1).apply(to: items.reshaped([2])) }
    let numbers = try Tensor([1, 2] as [Int64], shape: [1, 1, 1, 2])
    #expect(throws: GalleyError.self) { try Preprocessing(scale: 1).apply(to: numbers) }
  }
}

@Suite struct LabeledItemsTests {
  @Test func selectsInTheOrderAsked() throws {
    let items = try LabeledItems(
      ids: ["a", "b", "c"], inputs: Tensor([1, 2, 3] as [UInt8], shape: [3, 1, 1, 1]), classes: [0, 1, 0],
      labels: ["x", "y"])
    let selected = try items.selecting([2, 0])
    #expect(selected.ids == ["c", "a"])
    #expect(selected.inputs.bytes == [3, 1])
    #expect(throws: GalleyError.self) { try items.selecting([3]) }
  }

  @Test func refusesWhatDoesNotBelongTogether() throws {
    let inputs = try Tensor([1, 2] as [UInt8], shape: [2, 1, 1, 1])
    #expect(throws: GalleyError.self) { try LabeledItems(ids: ["a"], inputs: inputs, classes: [0, 0], labels: ["x"]) }
    #expect(throws: GalleyError.self) {
      try LabeledItems(ids: ["a", "a"], inputs: inputs, classes: [0, 0], labels: ["x"])
    }
    #expect(throws: GalleyError.self) {
      try LabeledItems(ids: ["a", "b"], inputs: inputs, classes: [0, 1], labels: ["x"])
    }
  }
}
