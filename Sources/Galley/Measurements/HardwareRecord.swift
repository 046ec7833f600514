// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a machine is made of; `nil` where the kernel doesn't show it.
public struct HardwareRecord: Sendable, Hashable, Codable {
  /// Who made the machine, from the firmware's tables.
  public var vendor: String?
  /// The machine's model, from the firmware's tables or the device tree.
  public var product: String?
  /// The main board, from the firmware's tables.
  public var board: String?
  /// What the machine runs under if it is virtual: its name if known, else `unknown`.
  public var hypervisor: String?
  /// Cores that are switched on.
  public var physicalCores: Int?
  /// Logical processors that are switched on.
  public var threads: Int?
  /// Whether one core runs several threads at the same time.
  public var simultaneousThreads: Bool?
  /// Caches by level.
  public var caches: [CacheRecord]
  /// Frequency limits and governors, one for each kind of processor that differs.
  public var frequencies: [FrequencyPolicy]
  /// Whether processors may go beyond their nominal frequency.
  public var boost: Bool?

  /// Creates a record.
  public init(
    vendor: String? = nil, product: String? = nil, board: String? = nil, hypervisor: String? = nil,
    physicalCores: Int? = nil, threads: Int? = nil, simultaneousThreads: Bool? = nil, caches: [CacheRecord] = [],
    frequencies: [FrequencyPolicy] = [], boost: Bool? = nil
  ) {
    self.vendor = vendor
    self.product = product
    self.board = board
    self.hypervisor = hypervisor
    self.physicalCores = physicalCores
    self.threads = threads
    self.simultaneousThreads = simultaneousThreads
    self.caches = caches
    self.frequencies = frequencies
    self.boost = boost
  }
}

/// Caches of one level, kind and size.
public struct CacheRecord: Sendable, Hashable, Codable {
  /// Distance from the core, from 1.
  public var level: Int
  /// `Data`, `Instruction` or `Unified`.
  public var kind: String
  /// Size of one.
  public var bytes: Int
  /// How many there are.
  public var count: Int
  /// Logical processors that share one.
  public var sharedBy: Int

  /// Creates a record.
  public init(level: Int, kind: String, bytes: Int, count: Int, sharedBy: Int) {
    self.level = level
    self.kind = kind
    self.bytes = bytes
    self.count = count
    self.sharedBy = sharedBy
  }
}

/// How the frequency of some processors is chosen; frequencies in hertz.
public struct FrequencyPolicy: Sendable, Hashable, Codable {
  /// The processors.
  public var processors: [Int]
  /// The kernel's driver.
  public var driver: String?
  /// The governor.
  public var governor: String?
  /// Energy and performance preference, where the driver has one.
  public var energyPreference: String?
  /// Lowest frequency that is allowed.
  public var minimum: Double?
  /// Highest frequency that is allowed.
  public var maximum: Double?
  /// Lowest frequency that the hardware can.
  public var hardwareMinimum: Double?
  /// Highest frequency that the hardware can.
  public var hardwareMaximum: Double?

  /// Creates a record.
  public init(
    processors: [Int] = [], driver: String? = nil, governor: String? = nil, energyPreference: String? = nil,
    minimum: Double? = nil, maximum: Double? = nil, hardwareMinimum: Double? = nil, hardwareMaximum: Double? = nil
  ) {
    self.processors = processors
    self.driver = driver
    self.governor = governor
    self.energyPreference = energyPreference
    self.minimum = minimum
    self.maximum = maximum
    self.hardwareMinimum = hardwareMinimum
    self.hardwareMaximum = hardwareMaximum
  }
}

/// A GPU.
public struct GPURecord: Sendable, Hashable, Codable {
  /// Its name.
  public var name: String
  /// What tells it from all others.
  public var identifier: String?
  /// Its memory in bytes.
  public var memoryBytes: Int?
  /// The driver's version.
  public var driver: String?

  /// Creates a record.
  public init(name: String, identifier: String? = nil, memoryBytes: Int? = nil, driver: String? = nil) {
    self.name = name
    self.identifier = identifier
    self.memoryBytes = memoryBytes
    self.driver = driver
  }
}
