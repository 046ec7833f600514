// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension PickleReader {
  /// Numbers and text; says whether it was one.
  mutating func scalar(_ name: Character) throws(PickleProblem) -> Bool {
    switch name {
    case "K": try push(.int(try number(1)))
    case "M": try push(.int(try number(2)))
    case "J": try push(.int(Int(Int32(truncatingIfNeeded: try number(4)))))
    case "I", "L":
      let text = try line()
      if name == "I", text == "00" || text == "01" {
        try push(.bool(text == "01"))
        return true
      }
      guard let value = Int(text.hasSuffix("L") ? String(text.dropLast()) : text) else {
        throw problem("a number is damaged")
      }
      try push(.int(value))
    case "G":
      let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      try push(.float(Double(bitPattern: bits)))
    case "F": try push(.float(Double(try line()) ?? .nan))
    case "U": try push(.bytes(try take(try number(1))))
    case "T": try push(.bytes(try take(try number(4))))
    case "B": try push(.bytes(try take(try number(4))))
    case "C": try push(.bytes(try take(try number(1))))
    case "X": try push(.text(String(decoding: try take(try number(4)), as: UTF8.self)))
    case "S": try push(.text(String(try line().dropFirst().dropLast())))
    case "V": try push(.text(try line()))
    default: return false
    }
    return true
  }

  /// Instructions of protocol 2 and later.
  mutating func modern(_ code: UInt8) throws(PickleProblem) {
    switch code {
    case 0x80: _ = try take(1)
    case 0x95: _ = try take(8)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case 0x85...0x87:
      var (values, depth) = ([PickleValue](), 0)
      for _ in 0...code - 0x85 {
        let cell = try pop()
        depth = max(depth, cell.depth)
        values.insert(cell.value, at: 0)
      }
      try push(.tuple(values), depth: depth + 1)
    case 0x8A: try push(integer(try take(try number(1))))
    case 0x8B: try push(integer(try take(try number(4))))
    case 0x8C: try push(.text(String(decoding: try take(try number(1)), as: UTF8.self)))
    case 0x8D: try push(.text(String(decoding: try take(try number(8)), as: UTF8.self)))
    case 0x8E, 0x96: try push(.bytes(try take(try number(8))))
    case 0x8F: try push(.list([]))
    case 0x93:
      guard let name = try pop().value.text, let module = try pop().value.text else {
        throw problem("a name is damaged")
      }
      try charge(name.utf8.count + module.utf8.count)
      try mention("\(module).\(name)")
    case 0x94: memo[memo.count] = try top()
    default:
      throw problem("it has the instruction \(code), which data doesn't need")
    }
  }

  /// A number in two's complement, its lowest byte first.
  private func integer(_ digits: ArraySlice<UInt8>) -> PickleValue {
    guard digits.count <= 8 else { return .largeInt(digits) }
    var value = digits.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if let last = digits.last, last & 0x80 != 0, digits.count < 8 {
      value |= UInt64.max << (8 * UInt64(digits.count))
    }
    return .int(Int(Int64(bitPattern: value)))
  }
}
