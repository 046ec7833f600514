// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import FoundationEssentials

/// The last result of a request that is made again and again: an answer that differs from the last one by its id only
/// isn't decoded again.
package struct RepeatedResult<Result: Decodable> {
  private var head = Data()
  private var tail = Data()
  private var result: Result?

  /// Knows no answer yet.
  package init() {}

  /// The result of an answer to the request `id`, if it is the last one again.
  package func result(of line: Data, id: Int) -> Result? {
    guard let result, line.starts(with: head) else { return nil }
    let rest = line.dropFirst(head.count)
    let digits = String(id).utf8
    return rest.starts(with: digits) && rest.dropFirst(digits.count) == tail ? result : nil
  }

  /// Keeps what an answer to the request `id` meant.
  package mutating func keep(_ result: Result, of line: Data, id: Int) {
    self.result = nil
    // Only one that stands there once is surely the answer's own.
    let keys = line.ranges(of: Data("\"id\"".utf8))
    guard let key = keys.first, keys.count == 1 else { return }
    let blanks = line[key.upperBound...].prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ":") }
    let digits = Data(String(id).utf8)
    let after = line[blanks.endIndex...]
    guard after.starts(with: digits), after.dropFirst(digits.count).first.map({ " ,}".utf8.contains($0) }) == true
    else { return }
    head = Data(line[..<blanks.endIndex])
    tail = Data(after.dropFirst(digits.count))
    self.result = result
  }
}
