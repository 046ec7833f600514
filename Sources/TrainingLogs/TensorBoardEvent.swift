// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The part of TensorBoard's `Event` message that scalars need, in protobuf's wire format.
struct TensorBoardEvent {
  private var message = ProtobufMessage()

  private init(wallTime: Double, step: Int? = nil) {
    message.add(1, double: wallTime)
    if let step { message.add(2, integer: step) }
  }

  /// The first event of every file.
  static func version(wallTime: Double) -> TensorBoardEvent {
    var event = TensorBoardEvent(wallTime: wallTime)
    event.message.add(3, bytes: Array("brain.Event:2".utf8))
    return event
  }

  /// `SessionLog` with the status START: what was logged at `step` or later is void.
  static func sessionStart(step: Int, wallTime: Double) -> TensorBoardEvent {
    var event = TensorBoardEvent(wallTime: wallTime, step: step)
    var session = ProtobufMessage()
    session.add(1, integer: 1)
    event.message.add(7, bytes: session.bytes)
    return event
  }

  /// `Summary` with a value for each name.
  static func scalars(_ values: StepValues) -> TensorBoardEvent {
    var event = TensorBoardEvent(wallTime: values.wallTime, step: values.step)
    var summary = ProtobufMessage()
    for (name, value) in values.values {
      var entry = ProtobufMessage()
      entry.add(1, bytes: Array(name.utf8))
      entry.add(2, float: Float(value))
      summary.add(1, bytes: entry.bytes)
    }
    event.message.add(5, bytes: summary.bytes)
    return event
  }

  /// The event as a record: length, its checksum, the message, its checksum.
  var record: [UInt8] {
    let length = Self.littleEndian(UInt64(message.bytes.count))
    return length + Self.littleEndian(CRC32C.masked(length)) + message.bytes
      + Self.littleEndian(CRC32C.masked(message.bytes))
  }

  private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}

/// A message in protobuf's wire format: fields of a number and a wire type.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ field: Int, integer: Int) {
    varint(UInt64(field) << 3)
    varint(UInt64(bitPattern: Int64(integer)))
  }

  mutating func add(_ field: Int, double: Double) {
    varint(UInt64(field) << 3 | 1)
    withUnsafeBytes(of: double.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func add(_ field: Int, float: Float) {
    varint(UInt64(field) << 3 | 5)
    withUnsafeBytes(of: float.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func add(_ field: Int, bytes content: [UInt8]) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  private mutating func varint(_ number: UInt64) {
    var rest = number
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
