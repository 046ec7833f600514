// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension OpenVINORuntime {
  /// What OpenVINO arranges streams and threads for.
  public enum PerformanceHint: String, Sendable, Hashable, Codable, CaseIterable {
    /// One inference as soon as possible.
    case latency
    /// As many inferences per second as possible, several at once.
    case throughput
    /// Nothing is said; OpenVINO's own default holds.
    case none
  }

  /// The type in which operators on floating-point numbers compute.
  public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
    /// What the model says.
    case float32
    /// Half precision, on devices that have it.
    case float16
    /// bfloat16, on devices that have it.
    case bfloat16
    /// Whatever OpenVINO takes for the fastest on the device.
    case automatic
  }

  /// What a recipe can choose.
  public struct Options: Codable, Sendable, Hashable {
    /// The device, as OpenVINO names it.
    public var device: String
    /// What streams and threads are arranged for.
    public var hint: PerformanceHint
    /// Inferences that are computed at once; 0 lets OpenVINO choose.
    public var streams: Int
    /// Threads for all streams together, on the processor; 0 lets OpenVINO choose.
    public var threads: Int
    /// The type in which operators on floating-point numbers compute.
    public var precision: Precision
    /// Inferences that the program will have in flight at most, for the throughput hint; 0 says nothing.
    public var requests: Int
    /// Whether threads stay on one core each.
    public var pinning: Bool
    /// Whether a model with open dimensions is compiled anew for the shapes of each session.
    public var fixedShapes: Bool
    /// Folder where compiled models are kept; empty for none.
    public var cacheFolder: String
    /// Whether the time of each operator is recorded, which slows the model down.
    public var profiling: Bool

    /// Chooses.
    public init(
      device: String = "CPU", hint: PerformanceHint = .latency, streams: Int = 0, threads: Int = 1,
      precision: Precision = .float32, requests: Int = 0, pinning: Bool = false, fixedShapes: Bool = false,
      cacheFolder: String = "", profiling: Bool = false
    ) {
      self.device = device
      self.hint = hint
      self.streams = streams
      self.threads = threads
      self.precision = precision
      self.requests = requests
      self.pinning = pinning
      self.fixedShapes = fixedShapes
      self.cacheFolder = cacheFolder
      self.profiling = profiling
    }
  }

  public static let card = Card(
    taxonomy: "runtime.openvino", version: SemanticVersion(1, 0, 0),
    summary: "OpenVINO, on the processor and other devices that it finds",
    options: [
      OptionDeclaration(
        "device", .string, default: .string("CPU"), help: "The device, as OpenVINO names it: CPU, GPU.0."),
      OptionDeclaration(
        "hint", .choice(PerformanceHint.allCases.map { Choice($0.rawValue) }), default: .string("latency"),
        help: "What streams and threads are arranged for."),
      OptionDeclaration(
        "streams", .int(minimum: 0, maximum: 1024), default: .int(0),
        help: "Inferences that are computed at once; 0 lets OpenVINO choose."),
      OptionDeclaration(
        "threads", .int(minimum: 0, maximum: 1024), default: .int(1),
        help: "Threads for all streams together, on the processor; 0 lets OpenVINO choose."),
      OptionDeclaration(
        "precision", .choice(Precision.allCases.map { Choice($0.rawValue) }), default: .string("float32"),
        help: "The type in which operators on floating-point numbers compute."),
      OptionDeclaration(
        "requests", .int(minimum: 0, maximum: 1024), default: .int(0),
        help: "Inferences in flight at most, for the throughput hint; 0 says nothing."),
      OptionDeclaration(
        "pinning", .bool, default: .bool(false),
        help: "Whether threads stay on one core each: two system calls more for each inference."),
      OptionDeclaration(
        "fixedShapes", .bool, default: .bool(false),
        help: "Whether a model with open dimensions is compiled anew for the shapes of each session."),
      OptionDeclaration(
        "cacheFolder", .string, default: .string(""), help: "Folder where compiled models are kept; empty for none."),
      OptionDeclaration(
        "profiling", .bool, default: .bool(false),
        help: "Whether the time of each operator is recorded, which slows the model down."),
    ], tools: ["openvino"])
}
