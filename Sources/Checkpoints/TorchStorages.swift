// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import FoundationEssentials
internal import Synchronization
internal import Tensors

/// The storages of a file by key: where their bytes are. They are read when a tensor is asked for.
final class TorchStorages: Sendable {
  /// Where a storage's bytes are.
  enum Location: Sendable {
    /// In the file as they are; with a CRC-32 in an archive.
    case plain(Range<Int>, checksum: UInt32?)
    /// Compressed in an archive.
    case packed(ArchiveMember)

    var byteCount: Int {
      switch self {
      case .plain(let range, _): range.count
      case .packed(let member): member.byteCount
      }
    }
  }

  private let data: Data
  private let archive: ZipArchive?
  private let locations: [String: Location]
  private let isBigEndian: Bool
  /// Storages whose CRC-32 was found right: views of the same one don't compute it again.
  private let checked = Mutex<Set<String>>([])

  init(_ data: Data, archive: ZipArchive?, locations: [String: Location], isBigEndian: Bool) {
    self.data = data
    self.archive = archive
    self.locations = locations
    self.isBigEndian = isBigEndian
  }

  /// Holds a view against the storage that it is of.
  func check(_ view: StorageView) throws(CheckpointProblem) {
    guard let location = locations[view.key] else { throw CheckpointProblem("its storage '\(view.key)' is missing") }
    let (claimed, overflow) = view.storageCount.multipliedReportingOverflow(by: view.storageType.byteCount)
    guard !overflow, claimed == location.byteCount else {
      throw CheckpointProblem(
        "its storage '\(view.key)' has \(location.byteCount) bytes, but \(view.storageCount) elements of "
          + "\(view.storageType) are claimed")
    }
    guard let reach = view.reach, reach <= location.byteCount / view.elementType.byteCount else {
      throw CheckpointProblem(
        "a view of shape \(view.shape) with strides \(view.strides) from element \(view.offset) on reaches beyond its "
          + "storage of \(location.byteCount) bytes")
    }
    guard view.byteCount <= max(location.byteCount, 64 << 20) else {
      throw CheckpointProblem(
        "a view of shape \(view.shape) would repeat a storage of \(location.byteCount) bytes without end")
    }
  }

  /// The bytes of a view that has been checked.
  func tensor(_ view: StorageView) throws(CheckpointProblem) -> Tensor {
    guard let location = locations[view.key] else { throw CheckpointProblem("its storage '\(view.key)' is missing") }
    var bytes: [UInt8]
    switch location {
    case .plain(let range, let checksum):
      try verify(view.key, range, checksum)
      bytes = data.withUnsafeBytes { view.gathered(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
    case .packed(let member):
      guard let archive else { throw CheckpointProblem("its storage is missing") }
      do throws(ArchiveProblem) {
        bytes = try archive.read(member).withUnsafeBytes { view.gathered(from: $0) }
      } catch {
        throw CheckpointProblem(error)
      }
    }
    if isBigEndian { bytes.swapBytes(ofElements: view.elementType) }
    do throws(TensorError) {
      return try Tensor(elementType: view.elementType, shape: view.shape, bytes: bytes)
    } catch {
      throw CheckpointProblem(error.description)
    }
  }

  private func verify(_ key: String, _ range: Range<Int>, _ checksum: UInt32?) throws(CheckpointProblem) {
    guard let checksum, !checked.withLock({ $0.contains(key) }) else { return }
    let actual = data.withUnsafeBytes { Compression.crc32(UnsafeRawBufferPointer(rebasing: $0[range])) }
    guard actual == checksum else { throw CheckpointProblem("its storage's CRC-32 is not the one in the archive") }
    checked.withLock { _ = $0.insert(key) }
  }
}

extension StorageView {
  /// The elements, contiguous in row-major order. The view's reach has been checked against the storage.
  fileprivate func gathered(from storage: UnsafeRawBufferPointer) -> [UInt8] {
    let size = elementType.byteCount
    guard byteCount > 0 else { return [] }
    if isContiguous {
      return Array(UnsafeRawBufferPointer(rebasing: storage[offset * size..<offset * size + byteCount]))
    }
    return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
      let target = UnsafeMutableRawBufferPointer(buffer)
      var index = [Int](repeating: 0, count: shape.count)
      var source = offset
      var written = 0
      while written < byteCount {
        let element = UnsafeRawBufferPointer(rebasing: storage[source * size..<source * size + size])
        UnsafeMutableRawBufferPointer(rebasing: target[written..<written + size]).copyMemory(from: element)
        written += size
        // The next index, the last dimension fastest.
        for dimension in shape.indices.reversed() {
          index[dimension] += 1
          source += strides[dimension]
          if index[dimension] < shape[dimension] { break }
          source -= strides[dimension] * shape[dimension]
          index[dimension] = 0
        }
      }
      initialized = byteCount
    }
  }
}

extension [UInt8] {
  /// Turns big-endian elements into little-endian ones; a complex number is two.
  fileprivate mutating func swapBytes(ofElements type: ElementType) {
    let size = [.complex64, .complex128].contains(type) ? type.byteCount / 2 : type.byteCount
    guard size > 1 else { return }
    for start in stride(from: 0, to: count - size + 1, by: size) { self[start..<start + size].reverse() }
  }
}
