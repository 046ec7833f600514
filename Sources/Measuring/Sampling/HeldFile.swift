// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A small file of `/proc` or `/sys` that is opened once and read again and again from its start.
final class HeldFile {
  private let descriptor: CInt

  /// Opens the file at an absolute path of `files`.
  /// - Returns: `nil` if it can't be opened; `errno` says why.
  init?(_ path: String, in files: SystemFiles) {
    let opened = open(files.root + path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// Reads the file's beginning, as much as fits.
  /// - Returns: the bytes read, in `buffer`; `nil` if the kernel gives none.
  func read(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer? {
    let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
    guard count > 0 else { return nil }
    return UnsafeRawBufferPointer(rebasing: buffer[..<count])
  }

  /// Reads a file that holds one whole number.
  func number(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
    guard let bytes = read(buffer) else { return nil }
    var scanner = NumberScanner(bytes)
    return scanner.number()
  }
}

/// Reads whole numbers and fields from bytes without making texts of them.
struct NumberScanner {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next byte, which stays; `nil` at the end.
  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Takes blanks and then a whole number.
  /// - Returns: `nil` if something else comes, or the number doesn't fit.
  mutating func number() -> Int? {
    skipBlanks()
    let isNegative = next == UInt8(ascii: "-")
    if isNegative { position += 1 }
    var value = 0
    var digits = 0
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(byte &- UInt8(ascii: "0")))
      if overflow || carry { return nil }
      value = sum
      digits += 1
      position += 1
    }
    guard digits > 0 else { return nil }
    return isNegative ? -value : value
  }

  /// Takes `text` if it comes next.
  mutating func take(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard bytes.count - position >= length else { return false }
    for offset in 0..<length where bytes[position + offset] != text.utf8Start[offset] { return false }
    position += length
    return true
  }

  /// Skips blanks and the field behind them.
  mutating func skipField() {
    skipBlanks()
    while let byte = next, byte != UInt8(ascii: " "), byte != UInt8(ascii: "\n") { position += 1 }
  }

  /// Goes to the start of the next line.
  /// - Returns: false at the end.
  mutating func skipLine() -> Bool {
    while let byte = next {
      position += 1
      if byte == UInt8(ascii: "\n") { return next != nil }
    }
    return false
  }

  /// Goes behind the last `byte`; false if there is none.
  mutating func skipPastLast(_ byte: UInt8) -> Bool {
    guard let last = bytes.lastIndex(of: byte) else { return false }
    position = last + 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = next, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
  }
}
