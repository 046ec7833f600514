// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The machine on which something was measured, and its state at that time.
public struct EnvironmentRecord: Sendable, Hashable, Codable {
  /// Start of the measurement, in seconds since 1970-01-01 00:00 UTC.
  public var time: Double
  /// Host name.
  public var host: String
  /// Processor architecture: `x86_64`, `aarch64`.
  public var architecture: String
  /// Processor's model name.
  public var processor: String
  /// Instruction set extensions that runtimes care about: `avx2`, `avx512_vnni`, `asimddp`.
  public var extensions: [String]
  /// Logical processors that this process may use.
  public var processorCount: Int
  /// Memory in bytes.
  public var memoryBytes: Int
  /// Kernel name and release.
  public var kernel: String
  /// Operating system's name and version.
  public var system: String
  /// Frequency governor, if the kernel shows one.
  public var governor: String?
  /// Load average of the last minute, before and after.
  public var loadBefore: Double
  /// Load average of the last minute, after.
  public var loadAfter: Double
  /// The clock that the times come from, such as `CLOCK_MONOTONIC (tsc)`.
  public var clock: String
  /// Version of Galley.
  public var galleyVersion: String
  /// Cores, caches, frequencies, the board; `nil` in records of earlier versions, as all that follows.
  public var hardware: HardwareRecord?
  /// What a container or a control group allows.
  public var limits: ContainerLimits?
  /// Settings of the kernel and the C library that change how fast programs are.
  public var settings: KernelSettings?
  /// The GPUs that NVIDIA's management library shows; `nil` without that library.
  public var gpus: [GPURecord]?
  /// The programs that used most of the processor beside the measurement, if that was looked at.
  public var otherPrograms: [ProgramUse]?

  /// Creates a record.
  public init(
    time: Double, host: String, architecture: String, processor: String, extensions: [String], processorCount: Int,
    memoryBytes: Int, kernel: String, system: String, governor: String?, loadBefore: Double, loadAfter: Double,
    clock: String, galleyVersion: String, hardware: HardwareRecord? = nil, limits: ContainerLimits? = nil,
    settings: KernelSettings? = nil, gpus: [GPURecord]? = nil, otherPrograms: [ProgramUse]? = nil
  ) {
    self.time = time
    self.host = host
    self.architecture = architecture
    self.processor = processor
    self.extensions = extensions
    self.processorCount = processorCount
    self.memoryBytes = memoryBytes
    self.kernel = kernel
    self.system = system
    self.governor = governor
    self.loadBefore = loadBefore
    self.loadAfter = loadAfter
    self.clock = clock
    self.galleyVersion = galleyVersion
    self.hardware = hardware
    self.limits = limits
    self.settings = settings
    self.gpus = gpus
    self.otherPrograms = otherPrograms
  }
}
