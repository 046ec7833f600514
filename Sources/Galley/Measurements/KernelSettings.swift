// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Settings of the kernel and the C library that change how fast programs are; `nil` where they aren't shown.
public struct KernelSettings: Sendable, Hashable, Codable {
  /// Identifies the time since the machine was started.
  public var bootID: String?
  /// Size of a page of memory in bytes.
  public var pageBytes: Int?
  /// `always`, `madvise` or `never`.
  public var transparentHugePages: String?
  /// How addresses are drawn: 0 not at all, 2 all of them.
  public var addressRandomization: Int?
  /// What users may ask of the processor's counters: -1 everything, 2 little.
  public var perfEventParanoid: Int?
  /// Swap space in bytes.
  public var swapBytes: Int?
  /// Swap space in use, in bytes.
  public var swapUsedBytes: Int?
  /// Processors that are kept free of other programs, such as `2-3`.
  public var isolatedProcessors: String?
  /// The C library and its version.
  public var cLibrary: String?

  /// Creates a record.
  public init(
    bootID: String? = nil, pageBytes: Int? = nil, transparentHugePages: String? = nil, addressRandomization: Int? = nil,
    perfEventParanoid: Int? = nil, swapBytes: Int? = nil, swapUsedBytes: Int? = nil, isolatedProcessors: String? = nil,
    cLibrary: String? = nil
  ) {
    self.bootID = bootID
    self.pageBytes = pageBytes
    self.transparentHugePages = transparentHugePages
    self.addressRandomization = addressRandomization
    self.perfEventParanoid = perfEventParanoid
    self.swapBytes = swapBytes
    self.swapUsedBytes = swapUsedBytes
    self.isolatedProcessors = isolatedProcessors
    self.cLibrary = cLibrary
  }
}

/// What a container or a control group allows; `nil` without a limit.
public struct ContainerLimits: Sendable, Hashable, Codable {
  /// The kind of container, if the process is in one that can be told.
  public var container: String?
  /// Processor time in one second, in seconds: 1.5 is one and a half processors.
  public var processors: Double?
  /// Memory in bytes.
  public var memoryBytes: Int?

  /// Creates a record.
  public init(container: String? = nil, processors: Double? = nil, memoryBytes: Int? = nil) {
    self.container = container
    self.processors = processors
    self.memoryBytes = memoryBytes
  }
}

/// What a program used of the processors.
public struct ProgramUse: Sendable, Hashable, Codable {
  /// The program's name, as the kernel shows it.
  public var name: String
  /// Processor time divided by the time that passed: 1 is one processor in full use.
  public var share: Double

  /// Creates a record.
  public init(name: String, share: Double) {
    self.name = name
    self.share = share
  }
}
