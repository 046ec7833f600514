// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Reads a pickle (protocols 0 to 5) as data, by an interpreter that knows a few instructions and calls nothing.
///
/// A pickle is a program for a stack machine, and Python's own loader runs whatever it asks for. Here the names of
/// functions stay names (``PickleNames``); a name that wasn't expected is refused. What a hostile pickle could do to
/// memory is bounded: values are nested at most `maximumDepth` deep, and no more is copied than the pickle is long.
public struct PickleReader {
  /// An object under construction that the pickle goes on to change, held by reference as in Python.
  final class Cell {
    var value: PickleValue
    /// How deep the value nests.
    var depth: Int
    /// Whether the value is part of another, so that changing it copies it.
    var isShared = false

    init(_ value: PickleValue, depth: Int) {
      self.value = value
      self.depth = depth
    }
  }

  enum Slot {
    case cell(Cell)
    case mark
  }

  /// How deep values may nest: they are freed and searched by recursion.
  static let maximumDepth = 200
  private static let maximumStack = 1 << 20

  let bytes: [UInt8]
  let names: PickleNames
  var place: Int
  var stack: [Slot] = []
  var memo: [Int: Cell] = [:]
  /// How many more elements and bytes may be copied.
  private var allowance: Int

  /// The value that a pickle describes.
  /// - Parameters:
  ///   - bytes: the pickle, and perhaps more behind it.
  ///   - start: where it begins.
  ///   - names: the names that it may mention.
  /// - Returns: the value, and where the pickle ends.
  /// - Throws: `PickleProblem`.
  public static func read(
    _ bytes: [UInt8], from start: Int = 0, knowing names: PickleNames
  ) throws(PickleProblem) -> (value: PickleValue, end: Int) {
    var reader = PickleReader(bytes, start, names)
    let value = try reader.run()
    return (value, reader.place)
  }

  private init(_ bytes: [UInt8], _ start: Int, _ names: PickleNames) {
    self.bytes = bytes
    self.names = names
    place = max(start, 0)
    allowance = 2 * bytes.count + 1 << 16
  }

  private mutating func run() throws(PickleProblem) -> PickleValue {
    while place < bytes.count {
      let code = bytes[place]
      place += 1
      if code == UInt8(ascii: ".") { return try pop().value }
      try step(Character(Unicode.Scalar(code)), code)
      guard stack.count <= Self.maximumStack else { throw problem("its stack grows without end") }
    }
    throw cut()
  }

  func problem(_ message: String) -> PickleProblem { PickleProblem(message: message, offset: place) }

  func cut() -> PickleProblem { PickleProblem(message: "it ends too early", offset: place, isCut: true) }

  /// Takes what is to be copied from the allowance.
  mutating func charge(_ count: Int) throws(PickleProblem) {
    allowance -= count
    guard allowance >= 0 else { throw problem("it multiplies its contents without end") }
  }

  // MARK: Stack and bytes

  mutating func push(_ value: PickleValue, depth: Int = 0) throws(PickleProblem) {
    guard depth <= Self.maximumDepth else { throw problem("it nests more than \(Self.maximumDepth) values") }
    stack.append(.cell(Cell(value, depth: depth)))
  }

  mutating func pop() throws(PickleProblem) -> Cell {
    guard case .cell(let cell)? = stack.popLast() else { throw problem("its stack is empty") }
    cell.isShared = true
    return cell
  }

  func top() throws(PickleProblem) -> Cell {
    guard case .cell(let cell)? = stack.last else { throw problem("its stack is empty") }
    return cell
  }

  /// The values above the last mark and the depth of what they are put into.
  mutating func popToMark() throws(PickleProblem) -> (values: [PickleValue], depth: Int) {
    guard let mark = stack.lastIndex(where: { if case .mark = $0 { true } else { false } }) else {
      throw problem("a mark is missing")
    }
    var (values, depth) = ([PickleValue](), 0)
    values.reserveCapacity(stack.count - mark - 1)
    for case .cell(let cell) in stack[(mark + 1)...] {
      values.append(cell.value)
      cell.isShared = true
      depth = max(depth, cell.depth)
    }
    stack.removeLast(stack.count - mark)
    return (values, depth + 1)
  }

  mutating func take(_ count: Int) throws(PickleProblem) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - place else { throw cut() }
    defer { place += count }
    return bytes[place..<place + count]
  }

  mutating func number(_ count: Int) throws(PickleProblem) -> Int {
    let value = try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: value) else { throw problem("a length is absurd") }
    return number
  }

  mutating func line() throws(PickleProblem) -> String {
    guard let end = bytes[place...].firstIndex(of: 0x0A) else { throw cut() }
    defer { place = end + 1 }
    return String(decoding: bytes[place..<end], as: UTF8.self)
  }

  // MARK: Instructions

  private mutating func step(_ name: Character, _ code: UInt8) throws(PickleProblem) {
    switch name {
    case "(": stack.append(.mark)
    case "0": _ = try pop()
    case "1": _ = try popToMark()
    case "N": try push(.none)
    case "}": try push(.dict([]))
    case "]": try push(.list([]))
    case ")": try push(.tuple([]))
    case "t":
      let (values, depth) = try popToMark()
      try push(.tuple(values), depth: depth)
    case "l":
      let (values, depth) = try popToMark()
      try push(.list(values), depth: depth)
    case "d":
      let (values, depth) = try popToMark()
      try push(.dict(try pairs(values)), depth: depth)
    case "a":
      let cell = try pop()
      try extend([cell.value], cell.depth + 1)
    case "e":
      let (values, depth) = try popToMark()
      try extend(values, depth)
    case "s":
      let (value, key) = (try pop(), try pop())
      try setItems([(key.value, value.value)], max(value.depth, key.depth) + 1)
    case "u":
      let (values, depth) = try popToMark()
      try setItems(try pairs(values), depth)
    case "c":
      let module = try line()
      try mention("\(module).\(try line())")
    case "R": try reduce()
    case "b": try build(try pop().value)
    case "Q":
      let cell = try pop()
      try push(.persistent(cell.value), depth: cell.depth + 1)
    case "P": try push(.persistent(.text(try line())), depth: 1)
    case "q": memo[try number(1)] = try top()
    case "r": memo[try number(4)] = try top()
    case "p": memo[Int(try line()) ?? -1] = try top()
    case "h": try recall(try number(1))
    case "j": try recall(try number(4))
    case "g": try recall(Int(try line()) ?? -1)
    default: if try !scalar(name) { try modern(code) }
    }
  }

  private mutating func recall(_ index: Int) throws(PickleProblem) {
    guard let cell = memo[index] else { throw problem("it refers to something that isn't there") }
    stack.append(.cell(cell))
  }

  private func pairs(_ values: [PickleValue]) throws(PickleProblem) -> [(PickleValue, PickleValue)] {
    guard values.count % 2 == 0 else { throw problem("a key has no value") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  private mutating func extend(_ values: [PickleValue], _ depth: Int) throws(PickleProblem) {
    let cell = try top()
    guard case .list(var list) = cell.value else { throw problem("something is appended to what is no list") }
    try grow(cell, count: list.count, depth)
    cell.value = .none
    list += values
    cell.value = .list(list)
  }

  private mutating func setItems(_ pairs: [(PickleValue, PickleValue)], _ depth: Int) throws(PickleProblem) {
    let cell = try top()
    guard case .dict(var dict) = cell.value else { throw problem("an item is set in what is no dictionary") }
    try grow(cell, count: dict.count, depth)
    cell.value = .none
    dict += pairs
    cell.value = .dict(dict)
  }

  /// Changes what a container weighs and how deep it is, before it is changed.
  private mutating func grow(_ cell: Cell, count: Int, _ depth: Int) throws(PickleProblem) {
    if cell.isShared {
      try charge(count)
      cell.isShared = false
    }
    cell.depth = max(cell.depth, depth)
    guard cell.depth <= Self.maximumDepth else { throw problem("it nests more than \(Self.maximumDepth) values") }
  }
}
