// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Platform
internal import Synchronization

/// Items as lines of Dataloop's JSON, some at a time.
final class DocumentLines: Sendable {
  private let items: [PlatformItem]
  private let store: PlatformStore
  private let exported: ExportedAnnotations
  private let place = Mutex(0)

  /// Bytes after which a portion is full.
  private static let portion = 256 << 10

  init(_ items: [PlatformItem], _ store: PlatformStore, _ exported: ExportedAnnotations) {
    (self.items, self.store, self.exported) = (items, store, exported)
  }

  /// The next portion; `nil` if there is none.
  func next() throws -> Data? {
    try place.withLock { place in
      var data = Data()
      while place < items.count, data.count < Self.portion {
        data += try store.dataloopDocument(of: items[place], exported)
        data.append(UInt8(ascii: "\n"))
        place += 1
      }
      return data.isEmpty ? nil : data
    }
  }
}
