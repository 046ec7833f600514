// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What a row says of an item in numbers, and where its texts lie among those of other rows.
struct ItemFacts: Sendable {
  var byteCount = 0
  var size: PixelSize?
  var isHidden = false
  var created = 0.0
  var updated = 0.0
  /// Where the data set's id lies.
  var datasetStart: UInt32 = 0
  var datasetEnd: UInt32 = 0
  /// Where the id begins.
  var start: UInt32 = 0
  /// Where each other text ends and the next one begins, in this order.
  var idEnd: UInt32 = 0
  var pathEnd: UInt32 = 0
  var digestEnd: UInt32 = 0
  var mediaTypeEnd: UInt32 = 0
  var metadataEnd: UInt32 = 0
}

/// Makes items of rows; those of neighbouring rows share the memory of their texts.
struct ItemReading {
  /// What stands in the place of the data set's id, if it is the same in all rows; each block begins with it.
  private let datasetID: [UInt8]?
  private var items: [PlatformItem] = []
  private var bytes: [UInt8] = []
  private var facts: [ItemFacts] = []

  /// Texts that lie together: an item that is kept keeps no more than that.
  private static let blockLength = 1 << 15

  /// - Parameter capacity: For how many items room is made beforehand.
  init(datasetID: String?, capacity: Int) {
    self.datasetID = datasetID.map { Array($0.utf8) }
    items.reserveCapacity(capacity)
    beginBlock()
  }

  /// Takes a row with the columns of `PlatformItem.columns`.
  mutating func add(_ row: StatementRow) {
    var one = ItemFacts()
    if let datasetID {
      one.datasetEnd = UInt32(truncatingIfNeeded: datasetID.count)
    } else {
      one.datasetStart = UInt32(truncatingIfNeeded: bytes.count)
      one.datasetEnd = row.append(1, to: &bytes)
    }
    one.start = UInt32(truncatingIfNeeded: bytes.count)
    one.idEnd = row.append(0, to: &bytes)
    one.pathEnd = row.append(2, to: &bytes)
    one.digestEnd = row.append(3, to: &bytes)
    one.mediaTypeEnd = row.append(4, to: &bytes)
    one.byteCount = row.integer(5)
    // The table has both or neither.
    if !row.isNull(6) { one.size = PixelSize(width: row.integer(6), height: row.integer(7)) }
    one.isHidden = row.integer(8) != 0
    one.metadataEnd = row.append(9, to: &bytes)
    one.created = row.real(10)
    one.updated = row.real(11)
    facts.append(one)
    guard bytes.count >= Self.blockLength else { return }
    finishBlock()
    beginBlock()
  }

  /// All items, in the order of the rows. It isn't consuming: whoever holds this in a variable would have all items
  /// copied first.
  mutating func finish() -> [PlatformItem] {
    finishBlock()
    return items
  }

  private mutating func beginBlock() {
    bytes = []
    bytes.reserveCapacity(Self.blockLength + 1024)
    if let datasetID { bytes += datasetID }
  }

  private mutating func finishBlock() {
    let texts = RowTexts(bytes)
    for one in facts { items.append(PlatformItem(texts, one)) }
    facts.removeAll(keepingCapacity: true)
  }
}
