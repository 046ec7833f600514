// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Pickles
import Statistics
import Testing

/// Pickles are written here as Python's `pickletools.dis` shows them, one instruction after the other.
@Suite struct PickleReaderTests {
  private func read(_ bytes: [UInt8], _ names: PickleNames = .arrays) throws(PickleProblem) -> PickleValue {
    try PickleReader.read(bytes, knowing: names).value
  }

  private func text(_ string: String) -> [UInt8] { [0x8C, UInt8(string.utf8.count)] + Array(string.utf8) }

  @Test func `values of protocol 4 are read`() throws {
    // pickle.dumps({'a': [1, -2, 2.5, None, True], 'b': (b'x', 2**70)}, 4), CPython 3.11
    let bytes: [UInt8] =
      [0x80, 4, 0x7D, 0x94, 0x28] + text("a") + [0x94, 0x5D, 0x94, 0x28, 0x4B, 1, 0x4A, 0xFE, 0xFF, 0xFF, 0xFF, 0x47]
      + [0x40, 4, 0, 0, 0, 0, 0, 0, 0x4E, 0x88, 0x65] + text("b")
      + [0x94, 0x43, 1, 0x78, 0x94, 0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0x86, 0x94, 0x75, 0x2E, 0xFF]
    let (value, end) = try PickleReader.read(bytes, knowing: .arrays)
    #expect(end == bytes.count - 1)
    let list = try #require(value["a"]?.elements)
    #expect(list.compactMap(\.int) == [1, -2])
    guard case .float(2.5) = list[2], case .none = list[3], case .bool(true) = list[4] else {
      Issue.record("\(list)")
      return
    }
    let pair = try #require(value["b"]?.elements)
    #expect(pair[0].text == "x")
    guard case .largeInt(let digits) = pair[1] else {
      Issue.record("\(pair)")
      return
    }
    #expect(Array(digits) == [0, 0, 0, 0, 0, 0, 0, 0, 0x40])
  }

  @Test(arguments: [
    (Array("cos\nsystem\n(S'ls'\ntR.".utf8), "os.system"), (Array("cbuiltins\neval\n.".utf8), "builtins.eval"),
    (Array("cnumpy\nndarray\n)R.".utf8), "numpy.ndarray"),
  ]) func `whatever would be called is refused by name`(bytes: [UInt8], name: String) {
    let problem = #expect(throws: PickleProblem.self) { try self.read(bytes) }
    #expect(problem?.message == "it wants to call '\(name)', which is refused")
  }

  @Test func `a name built from two texts is refused too`() {
    let bytes = text("posix") + text("system") + [0x93, 0x29, 0x52, 0x2E]
    let problem = #expect(throws: PickleProblem.self) { try self.read(bytes) }
    #expect(problem?.message.contains("posix.system") == true)
  }

  @Test(
    arguments: [
      // NEWOBJ, OBJ, INST, EXT1: instructions that make objects.
      [0x81], [0x6F], [0x69, 0x61, 0x0A, 0x62, 0x0A], [0x82, 1],
    ] as [[UInt8]]) func `instructions that make objects are refused`(instruction: [UInt8])
  {
    #expect(throws: PickleProblem.self) { try self.read([0x28, 0x29, 0x29] + instruction + [0x2E]) }
  }

  @Test func `an allowed call becomes an object with its arguments`() throws {
    let value = try read(Array("cshop\norder\n(I3\nS'x'\ntR.".utf8), PickleNames(called: ["shop.order"]))
    guard case .object("shop.order", let arguments) = value else {
      Issue.record("\(value)")
      return
    }
    #expect(arguments[0].int == 3 && arguments[1].text == "x")
  }

  @Test func `a cut pickle says that it is cut`() {
    let bytes = text("some text") + [0x2E]
    for length in 0..<bytes.count {
      let problem = #expect(throws: PickleProblem.self) { try self.read(Array(bytes[..<length])) }
      #expect(problem?.isCut == true)
    }
  }

  @Test func `deep nesting is refused, so that freeing it can't overflow the stack`() {
    let tuples: [UInt8] = [0x29] + [UInt8](repeating: 0x85, count: 200_000) + [0x2E]
    #expect(throws: PickleProblem.self) { try self.read(tuples) }
    let persistent: [UInt8] = [0x29] + [UInt8](repeating: 0x51, count: 200_000) + [0x2E]
    #expect(throws: PickleProblem.self) { try self.read(persistent) }
    // [[[…]]] by appending lists that are in the memo.
    var lists: [UInt8] = [0x5D]
    for _ in 0..<100_000 { lists += [0x71, 0, 0x5D, 0x68, 0, 0x61] }
    #expect(throws: PickleProblem.self) { try self.read(lists + [0x2E]) }
  }

  @Test func `copies without end are refused`() {
    // A list of 1000 in the memo goes into a tuple and is then changed, again and again.
    var lists: [UInt8] = [0x5D, 0x71, 0, 0x28] + [UInt8](repeating: 0x4E, count: 1000) + [0x65, 0x30]
    for _ in 0..<20_000 { lists += [0x68, 0, 0x85, 0x68, 0, 0x4E, 0x61, 0x30] }
    #expect(throws: PickleProblem.self) { try self.read(lists + [0x2E]) }
    // A long text becomes bytes, again and again.
    let long = [0x58, 0x10, 0x27, 0, 0] + [UInt8](repeating: 0x61, count: 10_000)
    var texts: [UInt8] = Array("c_codecs\nencode\n".utf8) + [0x71, 0] + long + [0x71, 1] + text("latin1") + [0x71, 2]
    for _ in 0..<20_000 { texts += [0x68, 0, 0x68, 1, 0x68, 2, 0x86, 0x52] }
    #expect(throws: PickleProblem.self) { try self.read(texts + [0x2E]) }
  }

  @Test(
    arguments: [
      [0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x8E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
      [0x58, 0xFF, 0xFF, 0xFF, 0xFF], [0x8B, 0xFF, 0xFF, 0xFF, 0xFF], [0x68, 9], [0x65], [0x75], [0x52], [0x30],
    ] as [[UInt8]]) func `lengths and references that can't be are refused`(bytes: [UInt8])
  {
    #expect(throws: PickleProblem.self) { try self.read(bytes + [0x2E]) }
  }

  @Test func `two thousand random programs are read or refused`() {
    var generator = SeededGenerator(seed: 77)
    let instructions = Array("(.01N}])tldaesucRbqprhjgQPKMJILGFUTBCXSV".utf8) + [UInt8](0x80...0x96)
    for _ in 0..<2000 {
      var program: [UInt8] = []
      for _ in 0..<generator.number(below: 200) {
        program.append(
          generator.number(below: 3) == 0
            ? UInt8(generator.number(below: 12)) : instructions[generator.number(below: instructions.count)])
      }
      _ = try? read(program + [0x2E])
    }
  }
}
