// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a zip archive says of one file, before its content and in the directory. No times are stored but 1 January
/// 1980, the earliest that the format knows, so that equal contents give equal bytes.
struct ZipEntry {
  var path: [UInt8]
  /// Where the file's header lies.
  var offset: Int
  var isDeflated = true
  /// Whether checksum and sizes follow the content: they aren't known before.
  var isDescribedAfterwards = false
  /// Whether the sizes are written with 64 bits.
  var isLarge = false
  var checksum: UInt32 = 0
  var packedCount = 0
  var byteCount = 0

  /// What stands before the content.
  var header: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0x0403_4B50))
    let isKnown = !isDescribedAfterwards
    let sizes = isKnown ? [packedCount, byteCount] : [0, 0]
    bytes += form(isKnown ? checksum : 0, sizes, extraCount: isLarge ? 20 : 0)
    bytes += path
    if isLarge { bytes += Self.extra(sizes.reversed()) }
    return bytes
  }

  /// What stands after the content, if it is needed.
  var description: [UInt8] {
    guard isDescribedAfterwards else { return [] }
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0x0807_4B50))
    bytes.append(littleEndian: checksum)
    for size in [packedCount, byteCount] {
      if isLarge { bytes.append(littleEndian: UInt64(size)) } else { bytes.append(littleEndian: UInt32(size)) }
    }
    return bytes
  }

  /// What stands in the directory.
  var record: [UInt8] {
    var numbers = isLarge ? [byteCount, packedCount] : []
    let isFar = offset >= ZipEntry.bound
    if isFar { numbers.append(offset) }
    let extra = numbers.isEmpty ? [] : Self.extra(numbers)
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0x0201_4B50))
    bytes.append(littleEndian: isLarge || isFar ? UInt16(45) : 20)
    bytes += form(checksum, [packedCount, byteCount], extraCount: extra.count)
    for _ in 0..<3 { bytes.append(littleEndian: UInt16(0)) }
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: isFar ? UInt32.max : UInt32(offset))
    return bytes + path + extra
  }

  /// The first number that 32 bits can't say: the largest of them means that it stands elsewhere.
  static let bound = Int(UInt32.max)

  /// Version, names in UTF-8, method, time 0, 1 January 1980, checksum, sizes (packed, whole), lengths of name and extra field.
  private func form(_ checksum: UInt32, _ sizes: [Int], extraCount: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    let flags: UInt16 = 1 << 11 | (isDescribedAfterwards ? 1 << 3 : 0)
    for value: UInt16 in [isLarge ? 45 : 20, flags, isDeflated ? 8 : 0, 0, 0x21] { bytes.append(littleEndian: value) }
    bytes.append(littleEndian: checksum)
    for size in sizes { bytes.append(littleEndian: isLarge ? UInt32.max : UInt32(size)) }
    bytes.append(littleEndian: UInt16(path.count))
    bytes.append(littleEndian: UInt16(extraCount))
    return bytes
  }

  /// The extra field of zip64.
  private static func extra(_ numbers: [Int]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt16(1))
    bytes.append(littleEndian: UInt16(numbers.count * 8))
    for number in numbers { bytes.append(littleEndian: UInt64(number)) }
    return bytes
  }
}

/// What stands at the end of a zip archive.
struct ZipEnd {
  /// How many files there are.
  var count: Int
  /// Where the directory begins, and how long it is.
  var directory: (offset: Int, byteCount: Int)

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    let isLarge = count >= 0xFFFF || directory.offset >= ZipEntry.bound || directory.byteCount >= ZipEntry.bound
    if isLarge { bytes += large }
    bytes.append(littleEndian: UInt32(0x0605_4B50))
    let short = isLarge ? UInt16.max : UInt16(count)
    for value: UInt16 in [0, 0, short, short] { bytes.append(littleEndian: value) }
    bytes.append(littleEndian: isLarge ? UInt32.max : UInt32(directory.byteCount))
    bytes.append(littleEndian: isLarge ? UInt32.max : UInt32(directory.offset))
    bytes.append(littleEndian: UInt16(0))
    return bytes
  }

  /// The end record of zip64, and what says where it is.
  private var large: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0x0606_4B50))
    bytes.append(littleEndian: UInt64(44))
    for value: UInt16 in [45, 45] { bytes.append(littleEndian: value) }
    for value: UInt32 in [0, 0] { bytes.append(littleEndian: value) }
    for value in [count, count, directory.byteCount, directory.offset] { bytes.append(littleEndian: UInt64(value)) }
    bytes.append(littleEndian: UInt32(0x0706_4B50))
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: UInt64(directory.offset + directory.byteCount))
    bytes.append(littleEndian: UInt32(1))
    return bytes
  }
}

extension [UInt8] {
  /// Appends a number, its lowest byte first.
  mutating func append(littleEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
