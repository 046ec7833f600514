// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The head of a Windows bitmap, checked.
struct BitmapHead {
  /// The bits of a pixel that one sample occupies.
  struct Field {
    let shift: UInt32
    let maximum: UInt32

    init?(mask: UInt32) {
      guard mask != 0 else { return nil }
      shift = UInt32(mask.trailingZeroBitCount)
      maximum = mask >> shift
      guard maximum & (maximum &+ 1) == 0 else { return nil }
    }

    func value(of word: UInt32) -> UInt8 {
      let value = UInt64(word >> shift & maximum)
      return UInt8(truncatingIfNeeded: value * 255 / UInt64(maximum))
    }
  }

  let width: Int
  let height: Int
  let isTopDown: Bool
  let bits: Int
  let isRunLength: Bool
  /// Where the pixels begin.
  let start: Int
  /// Red, green, blue and perhaps opacity of pixels that have no palette.
  let fields: [Field]
  let palette: [(UInt8, UInt8, UInt8)]

  /// Bytes of a row; rows are padded to four.
  var rowByteCount: Int { (width * bits + 31) / 32 * 4 }

  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    guard bytes.count >= 26 else { throw Self.damaged("its head is cut off") }
    func number(_ offset: Int) -> UInt32 {
      offset + 4 <= bytes.count ? bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian : 0
    }
    func short(_ offset: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian) }
    let headSize = Int(number(14))
    let isOld = headSize == 12
    guard isOld || (headSize >= 40 && headSize <= 1024 && bytes.count >= 14 + headSize) else {
      throw Self.damaged("its head says it has \(headSize) bytes")
    }
    let signedHeight = isOld ? short(20) : Int(Int32(bitPattern: number(22)))
    width = isOld ? short(18) : Int(Int32(bitPattern: number(18)))
    height = abs(signedHeight)
    isTopDown = signedHeight < 0
    bits = short(isOld ? 24 : 28)
    let coding = isOld ? 0 : Int(number(30))
    isRunLength = (coding == 1 && bits == 8) || (coding == 2 && bits == 4)
    guard [1, 4, 8, 16, 24, 32].contains(bits), isRunLength || [0, 3, 6].contains(coding) else {
      throw ImageError(.unsupported, "bmp data of \(bits) bits and coding \(coding) is not read")
    }
    start = Int(number(10))
    guard start >= 14 + headSize, start <= bytes.count else { throw Self.damaged("its pixels begin at byte \(start)") }
    fields = try Self.fields(bits: bits, hasMasks: coding == 3 || coding == 6, headSize: headSize, number)
    palette =
      bits <= 8
      ? Self.palette(
        bytes, at: 14 + headSize, size: isOld ? 3 : 4, count: isOld ? 0 : Int(number(46)), bits: bits, start)
      : []
  }

  private static func fields(
    bits: Int, hasMasks: Bool, headSize: Int, _ number: (Int) -> UInt32
  ) throws(ImageError) -> [Field] {
    guard bits > 8 else { return [] }
    // A mask for opacity is part of heads of 56 bytes and more.
    let masks: [UInt32] =
      hasMasks
      ? [number(54), number(58), number(62)] + (headSize >= 56 && number(66) != 0 ? [number(66)] : [])
      : bits == 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff]
    let fields = masks.compactMap(Field.init)
    guard fields.count == masks.count else { throw damaged("its colour masks are not runs of bits") }
    return fields
  }

  private static func palette(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, size: Int, count: Int, bits: Int, _ end: Int
  ) -> [(UInt8, UInt8, UInt8)] {
    let wanted = count > 0 ? min(count, 1 << bits) : 1 << bits
    return (0..<min(wanted, (end - offset) / size)).map { entry in
      let place = offset + entry * size
      return (bytes[place + 2], bytes[place + 1], bytes[place])
    }
  }

  static func damaged(_ why: String) -> ImageError {
    ImageError(.damaged, "the bmp data can't be decoded: \(why)")
  }
}
