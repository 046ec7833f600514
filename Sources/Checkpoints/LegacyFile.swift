// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Pickles
internal import Tensors

/// The form before PyTorch 1.6: pickles of a magic number, the protocol's version, facts about the system, the value and
/// the storages' keys, then each storage as the number of its elements (8 bytes) and the elements.
enum LegacyFile {
  /// The magic number 0x1950a86a20f9469cfc6c, its lowest byte first.
  private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  private static let version = 1001

  static func content(of data: Data) throws(CheckpointProblem) -> TorchContent {
    let pickles = try readPickles(data)
    let isLittle = if case .bool(false)? = pickles.system["little_endian"] { false } else { true }
    var types: [String: ElementType] = [:]
    var budget = 4_000_000
    try collectTypes(pickles.root, &types, &budget)
    guard let keys = pickles.keys.elements else { throw CheckpointProblem("its list of storages is damaged") }
    var locations: [String: TorchStorages.Location] = [:]
    var place = pickles.end
    for key in keys {
      guard let key = key.text, locations[key] == nil else {
        throw CheckpointProblem("its list of storages is damaged")
      }
      guard let type = types[key] else { throw CheckpointProblem("nothing says of what type storage '\(key)' is") }
      guard place <= data.count - 8 else { throw CheckpointProblem("it is cut: storage '\(key)' is missing") }
      let head = data[data.startIndex + place..<data.startIndex + place + 8]
      let digits = isLittle ? Array(head.reversed()) : Array(head)
      let count = digits.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let (size, overflow) = count.multipliedReportingOverflow(by: UInt64(type.byteCount))
      guard !overflow, size <= UInt64(data.count - place - 8) else {
        throw CheckpointProblem(
          "storage '\(key)' claims \(count) elements of \(type), but \(data.count - place - 8) bytes are left")
      }
      locations[key] = .plain(place + 8..<place + 8 + Int(size), checksum: nil)
      place += 8 + Int(size)
    }
    return TorchContent(
      form: .legacy, root: pickles.root,
      storages: TorchStorages(data, archive: nil, locations: locations, isBigEndian: !isLittle))
  }

  private struct Pickles {
    var system: PickleValue
    var root: PickleValue
    var keys: PickleValue
    var end: Int
  }

  /// Reads the pickles from the beginning of the file; how long they are shows when they are read, so that more of the
  /// file is taken if it wasn't enough.
  private static func readPickles(_ data: Data) throws(CheckpointProblem) -> Pickles {
    var length = min(data.count, 1 << 20)
    while true {
      switch pickles([UInt8](data.prefix(length))) {
      case .success(let pickles): return pickles
      case .failure(let error):
        guard error.isCut, length < data.count, length < TorchContent.maximumPickle else { throw error }
        length = min(data.count, length * 8, TorchContent.maximumPickle)
      }
    }
  }

  private static func pickles(_ bytes: [UInt8]) -> Result<Pickles, CheckpointProblem> {
    Result { () throws(CheckpointProblem) in
      var place = 0
      let first = try pickle(bytes, &place, TorchNames.allowed)
      guard case .largeInt(let digits) = first, Array(digits) == magic else {
        throw CheckpointProblem(
          "it is a pickle, but not one that torch.save wrote", remedy: CheckpointProblem.saveWeights)
      }
      let none = PickleNames(called: [])
      let number = try pickle(bytes, &place, none).int
      guard number == version else {
        throw CheckpointProblem("its protocol has the version \(number ?? -1); \(version) is read")
      }
      let system = try pickle(bytes, &place, none)
      let root = try pickle(bytes, &place, TorchNames.allowed)
      let keys = try pickle(bytes, &place, none)
      return Pickles(system: system, root: root, keys: keys, end: place)
    }
  }

  /// The pickle at a place, which is moved behind it.
  private static func pickle(
    _ bytes: [UInt8], _ place: inout Int, _ names: PickleNames
  ) throws(CheckpointProblem) -> PickleValue {
    do throws(PickleProblem) {
      let (value, end) = try PickleReader.read(bytes, from: place, knowing: names)
      place = end
      return value
    } catch {
      throw CheckpointProblem(error, in: "the file")
    }
  }

  /// The element types of the storages that a value mentions.
  private static func collectTypes(
    _ value: PickleValue, _ types: inout [String: ElementType], _ budget: inout Int
  ) throws(CheckpointProblem) {
    budget -= 1
    guard budget > 0 else { throw CheckpointProblem("its pickle refers to itself without end") }
    switch value {
    case .persistent(let id):
      guard let parts = id.elements, parts.count > 2, case .name(let name) = parts[1], let key = parts[2].text,
        let type = TorchNames.storages[name]
      else { throw CheckpointProblem("the description of a storage is damaged") }
      types[key] = type
    case .list(let values), .tuple(let values), .object(_, let values):
      for value in values { try collectTypes(value, &types, &budget) }
    case .dict(let pairs):
      for (key, value) in pairs {
        try collectTypes(key, &types, &budget)
        try collectTypes(value, &types, &budget)
      }
    default: return
    }
  }
}
