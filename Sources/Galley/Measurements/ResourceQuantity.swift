// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a sensor's values are. The raw values are stable names in files.
public enum ResourceQuantity: String, Sendable, Hashable, Codable, CaseIterable {
  /// Processor time of a process, as a share of one processor: 2 is two processors in full use.
  case processProcessorUse = "process.processor-use"
  /// Resident memory of a process.
  case processResident = "process.resident"
  /// Largest resident memory of a process so far.
  case processPeakResident = "process.peak-resident"
  /// Share of its time in which a processor worked, for whatever program.
  case processorBusy = "processor.busy"
  /// Time that a hypervisor took, as a share of one processor, over all of them.
  case processorStolen = "processor.stolen"
  /// Clock frequency of a processor.
  case processorFrequency = "processor.frequency"
  /// How often a processor was slowed down since sampling began because it was hot.
  case throttleCount = "throttle.count"
  /// How far a cooling device slows a processor down: 0 is not at all.
  case throttleState = "throttle.state"
  /// Temperature.
  case temperature = "temperature"
  /// Power.
  case power = "power"
  /// Energy since sampling began.
  case energy = "energy"
  /// Share of its time in which a GPU worked.
  case gpuUtilization = "gpu.utilization"
  /// Memory in use on a GPU.
  case gpuMemory = "gpu.memory"
  /// Clock frequency of a GPU's multiprocessors.
  case gpuFrequency = "gpu.frequency"

  /// The unit of the values: `1` for shares and counts, else an SI unit, `B` (bytes) or `°C`.
  public var unit: String {
    switch self {
    case .processProcessorUse, .processorBusy, .processorStolen, .throttleCount, .throttleState, .gpuUtilization: "1"
    case .processResident, .processPeakResident, .gpuMemory: "B"
    case .processorFrequency, .gpuFrequency: "Hz"
    case .temperature: "°C"
    case .power: "W"
    case .energy: "J"
    }
  }

  /// Whether a value is the increase since the sampling began rather than what is at a moment.
  public var isCumulative: Bool { self == .energy || self == .throttleCount }

  /// Whether a value is a mean over the time since the sample before.
  public var isRate: Bool { [.processProcessorUse, .processorBusy, .processorStolen].contains(self) }
}
