// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Reads a pickle (protocols 0 to 5) as data, by an interpreter that knows a few instructions and calls nothing.
///
/// A pickle is a program for a stack machine, and Python's own loader runs whatever it asks for. Here the names of
/// functions stay names, with three exceptions whose result is computed by this code: NumPy's `_reconstruct` and
/// `dtype`, and `_codecs.encode`, by which Python 3 writes bytes in old protocols. Anything else
/// that a pickle wants to call is refused by name.
struct PickleReader {
  /// Why a pickle isn't read.
  struct Problem: Error {
    var message: String
    var offset: Int
  }

  /// An object under construction that the pickle goes on to change, held by reference as in Python.
  private final class Cell {
    var value: PickleValue
    init(_ value: PickleValue) { self.value = value }
  }

  private enum Slot {
    case cell(Cell)
    case mark
  }

  private let bytes: [UInt8]
  private var place = 0
  private var stack: [Slot] = []
  private var memo: [Int: Cell] = [:]
  private static let maximumStack = 1 << 20

  /// The value that a pickle describes.
  /// - Throws: `Problem`.
  static func read(_ bytes: [UInt8]) throws(Problem) -> PickleValue {
    var reader = PickleReader(bytes)
    return try reader.run()
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private func problem(_ message: String) -> Problem { Problem(message: message, offset: place) }

  private mutating func run() throws(Problem) -> PickleValue {
    while place < bytes.count {
      let code = bytes[place]
      place += 1
      if code == UInt8(ascii: ".") { return try pop().value }
      try step(Character(Unicode.Scalar(code)), code)
      guard stack.count <= Self.maximumStack else { throw problem("its stack grows without end") }
    }
    throw problem("it ends too early")
  }

  // MARK: Stack and bytes

  private mutating func push(_ value: PickleValue) { stack.append(.cell(Cell(value))) }

  private mutating func pop() throws(Problem) -> PickleValueCell {
    guard case .cell(let cell)? = stack.popLast() else { throw problem("its stack is empty") }
    return PickleValueCell(cell.value, cell)
  }

  private struct PickleValueCell {
    var value: PickleValue
    var cell: Cell
    init(_ value: PickleValue, _ cell: Cell) {
      self.value = value
      self.cell = cell
    }
  }

  private func top() throws(Problem) -> Cell {
    guard case .cell(let cell)? = stack.last else { throw problem("its stack is empty") }
    return cell
  }

  private mutating func popToMark() throws(Problem) -> [PickleValue] {
    var values: [PickleValue] = []
    while let slot = stack.popLast() {
      guard case .cell(let cell) = slot else { return values.reversed() }
      values.append(cell.value)
    }
    throw problem("a mark is missing")
  }

  private mutating func take(_ count: Int) throws(Problem) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - place else { throw problem("it ends too early") }
    defer { place += count }
    return bytes[place..<place + count]
  }

  private mutating func number(_ count: Int) throws(Problem) -> Int {
    let value = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: value) else { throw problem("a length is absurd") }
    return number
  }

  private mutating func line() throws(Problem) -> String {
    guard let end = bytes[place...].firstIndex(of: 0x0A) else { throw problem("it ends too early") }
    defer { place = end + 1 }
    return String(decoding: bytes[place..<end], as: UTF8.self)
  }

  // MARK: Instructions

  private mutating func step(_ name: Character, _ code: UInt8) throws(Problem) {
    switch name {
    case "(": stack.append(.mark)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "N": push(.none)
    case "}": push(.dict([]))
    case "]": push(.list([]))
    case ")": push(.tuple([]))
    case "t": push(.tuple(try popToMark()))
    case "l": push(.list(try popToMark()))
    case "d": push(.dict(try pairs(try popToMark())))
    case "a": try extend([try pop().value])
    case "e": try extend(try popToMark())
    case "s":
      let value = try pop().value
      let key = try pop().value
      try setItems([(key, value)])
    case "u": try setItems(try pairs(try popToMark()))
    case "c": push(.name("\(try line()).\(try line())"))
    case "R":
      let arguments = try pop().value
      push(try call(try pop().value, arguments))
    case "b": try build(try pop().value)
    case "q": memo[try number(1)] = try top()
    case "r": memo[try number(4)] = try top()
    case "p": memo[Int(try line()) ?? -1] = try top()
    case "h": try recall(try number(1))
    case "j": try recall(try number(4))
    case "g": try recall(Int(try line()) ?? -1)
    default: if try !scalar(name) { try modern(code) }
    }
  }

  /// Numbers and text; says whether it was one.
  private mutating func scalar(_ name: Character) throws(Problem) -> Bool {
    switch name {
    case "K": push(.int(try number(1)))
    case "M": push(.int(try number(2)))
    case "J": push(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
    case "I", "L":
      let text = try line()
      if name == "I", text == "00" || text == "01" {
        push(.bool(text == "01"))
        return true
      }
      guard let value = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
        throw problem("a number is damaged")
      }
      push(.int(value))
    case "G":
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      push(.float(Double(bitPattern: bits)))
    case "F": push(.float(Double(try line()) ?? .nan))
    case "U": push(.bytes(try take(try number(1))))
    case "T": push(.bytes(try take(try number(4))))
    case "B": push(.bytes(try take(try number(4))))
    case "C": push(.bytes(try take(try number(1))))
    case "X": push(.text(String(decoding: try take(try number(4)), as: UTF8.self)))
    case "S": push(.text(String(try line().dropFirst().dropLast())))
    case "V": push(.text(try line()))
    default: return false
    }
    return true
  }

  /// Instructions of protocol 2 and later.
  private mutating func modern(_ code: UInt8) throws(Problem) {
    switch code {
    case 0x80: _ = try take(1)
    case 0x95: _ = try take(8)
    case 0x88: push(.bool(true))
    case 0x89: push(.bool(false))
    case 0x85...0x87:
      var values: [PickleValue] = []
      for _ in 0...code - 0x85 { values.insert(try pop().value, at: 0) }
      push(.tuple(values))
    case 0x8A:
      let digits = try take(try number(1))
      guard digits.count <= 8 else { throw problem("a number is too large") }
      var value = digits.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      if let last = digits.last, last & 0x80 != 0, digits.count < 8 {
        value |= UInt64.max << (8 * UInt64(digits.count))
      }
      push(.int(Int(Int64(bitPattern: value))))
    case 0x8C: push(.text(String(decoding: try take(try number(1)), as: UTF8.self)))
    case 0x8D: push(.text(String(decoding: try take(try number(8)), as: UTF8.self)))
    case 0x8E, 0x96: push(.bytes(try take(try number(8))))
    case 0x93:
      guard let name = try pop().value.text, let module = try pop().value.text else {
        throw problem("a name is damaged")
      }
      push(.name("\(module).\(name)"))
    case 0x94: memo[memo.count] = try top()
    default:
      throw problem("it has the instruction \(code), which data doesn't need")
    }
  }

  private mutating func recall(_ index: Int) throws(Problem) {
    guard let cell = memo[index] else { throw problem("it refers to something that isn't there") }
    stack.append(.cell(cell))
  }

  private func pairs(_ values: [PickleValue]) throws(Problem) -> [(PickleValue, PickleValue)] {
    guard values.count % 2 == 0 else { throw problem("a key has no value") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  private mutating func extend(_ values: [PickleValue]) throws(Problem) {
    let cell = try top()
    guard case .list(var list) = cell.value else { throw problem("something is appended to what is no list") }
    cell.value = .none
    list += values
    cell.value = .list(list)
  }

  private mutating func setItems(_ pairs: [(PickleValue, PickleValue)]) throws(Problem) {
    let cell = try top()
    guard case .dict(var dict) = cell.value else { throw problem("an item is set in what is no dictionary") }
    cell.value = .none
    dict += pairs
    cell.value = .dict(dict)
  }

  // MARK: What would be calls

  private func call(_ function: PickleValue, _ arguments: PickleValue) throws(Problem) -> PickleValue {
    guard case .name(let name) = function, case .tuple(let arguments) = arguments else {
      throw problem("it calls something that is no name")
    }
    switch name {
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct": return .array(PickleArray())
    case "numpy.dtype":
      guard let type = arguments.first?.text else { throw problem("a dtype is damaged") }
      return .array(PickleArray(type: type))
    case "_codecs.encode":
      // Python 3 writes bytes as text of the characters 0 to 255.
      guard let text = arguments.first?.text, arguments.last?.text == "latin1" else {
        throw problem("bytes are damaged")
      }
      let units = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
      return .bytes(units[...])
    default: throw problem("it wants to call '\(name)', which is refused")
    }
  }

  /// The state of an array or a dtype.
  private mutating func build(_ state: PickleValue) throws(Problem) {
    let cell = try top()
    guard case .array(var array) = cell.value, let state = state.elements else {
      throw problem("it sets the state of something that is no array")
    }
    guard array.type.isEmpty else {
      // A dtype: version, byte order, …
      if state.count > 1, let order = state[1].text, array.type.count > 1 { array.type = order + array.type }
      cell.value = .array(array)
      return
    }
    guard state.count == 5, let shape = state[1].elements?.compactMap(\.int), case .array(let type) = state[2],
      let content = Self.raw(state[4])
    else { throw problem("an array is damaged") }
    if case .bool(let isFortran) = state[3] { array.isFortran = isFortran }
    (array.shape, array.type, array.bytes) = (shape, type.type, content)
    cell.value = .array(array)
  }

  private static func raw(_ value: PickleValue) -> ArraySlice<UInt8>? {
    switch value {
    case .bytes(let bytes): bytes
    case .text(let text): Array(text.utf8)[...]
    default: nil
    }
  }
}
