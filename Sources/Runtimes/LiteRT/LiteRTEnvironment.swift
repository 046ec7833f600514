// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Synchronization

/// What LiteRT's objects live in: the accelerators that it knows.
///
/// `@unchecked Sendable`: the handle never changes, and what is done with it at compile time is serialised.
final class LiteRTEnvironment: @unchecked Sendable {
  let library: LiteRTLibrary
  let handle: LiteRtEnvironment
  /// The external delegate that is registered in it, if there is one.
  private(set) var delegate: LiteRTDelegate?

  /// Which accelerators register themselves.
  struct Registering: OptionSet, Sendable, Hashable {
    let rawValue: Int32
    static let cpu = Registering(rawValue: Int32(GALLEY_LITERT_CPU))
    static let gpu = Registering(rawValue: Int32(GALLEY_LITERT_GPU))
    static let npu = Registering(rawValue: Int32(GALLEY_LITERT_NPU))
    static let all: Registering = [.cpu, .gpu, .npu]
  }

  /// One accelerator: its name, and the hardware that it serves.
  struct Accelerator: Sendable, Hashable {
    let name: String
    let hardware: Registering
  }

  private static let sharedForProcessor = Mutex<LiteRTEnvironment?>(nil)

  /// The environment that all models on the processor share, or one of its own for a model with other wishes.
  static func suited(
    to options: LiteRTRuntime.Options, _ library: LiteRTLibrary
  ) throws(GalleyError) -> LiteRTEnvironment {
    if !options.delegate.isEmpty {
      return try LiteRTEnvironment(library, delegate: LiteRTDelegate(options))
    }
    guard options.accelerator == .cpu else { return try accelerated(options.accelerator, library) }
    return try sharedForProcessor.withLock { (shared: inout LiteRTEnvironment?) throws(GalleyError) in
      if let shared { return shared }
      let environment = try LiteRTEnvironment(library, registering: .cpu)
      shared = environment
      return environment
    }
  }

  private static func accelerated(
    _ accelerator: LiteRTRuntime.Accelerator, _ library: LiteRTLibrary
  ) throws(GalleyError) -> LiteRTEnvironment {
    let wanted = accelerator.hardware
    let environment = try LiteRTEnvironment(library, registering: [.cpu, wanted])
    let offered = try environment.accelerators()
    guard offered.contains(where: { !$0.hardware.isDisjoint(with: wanted) }) else {
      let names = offered.map(\.name).joined(separator: ", ")
      throw GalleyError(
        .unavailable, "can't use LiteRT's accelerator '\(accelerator.rawValue)'", at: library.path,
        why: "the library offers none of that kind on this machine, only \(names.isEmpty ? "none at all" : names)",
        remedy: "Choose the accelerator cpu, or give the library of a delegate.")
    }
    return environment
  }

  init(_ library: LiteRTLibrary, registering accelerators: Registering) throws(GalleyError) {
    self.library = library
    let options = [
      LiteRtEnvOption(
        tag: Int32(GALLEY_LITERT_TAG_AUTO_REGISTER), reserved_4: 0, value_type: Int32(GALLEY_LITERT_ANY_INT),
        reserved_12: 0, value: Int64(accelerators.rawValue)),
      // What LiteRT logs doesn't name a model, and what it reports about a model is asked for.
      LiteRtEnvOption(
        tag: Int32(GALLEY_LITERT_TAG_LOG_SEVERITY), reserved_4: 0, value_type: Int32(GALLEY_LITERT_ANY_INT),
        reserved_12: 0, value: Int64(GALLEY_LITERT_LOG_SILENT)),
    ]
    var made: LiteRtEnvironment?
    try library.check(
      library.api.pointee.CreateEnvironment(CInt(options.count), options, &made), "start LiteRT", at: library.path)
    guard let made else {
      throw GalleyError(.software, "can't start LiteRT", at: library.path, why: "it gave no environment")
    }
    handle = made
  }

  /// An environment in which `delegate` is asked first, and then the processor's own accelerator.
  convenience init(_ library: LiteRTLibrary, delegate: LiteRTDelegate) throws(GalleyError) {
    try self.init(library, registering: [])
    try delegate.register(in: self)
    self.delegate = delegate
  }

  deinit { library.api.pointee.DestroyEnvironment(handle) }

  /// The accelerators that are registered.
  func accelerators() throws(GalleyError) -> [Accelerator] {
    let api = library.api.pointee
    var count = 0
    try library.check(api.GetNumAccelerators(handle, &count), "count LiteRT's accelerators")
    var found: [Accelerator] = []
    for index in 0..<count {
      var accelerator: LiteRtAccelerator?
      try library.check(api.GetAccelerator(handle, index, &accelerator), "list LiteRT's accelerators")
      guard let accelerator else { continue }
      var name: UnsafePointer<CChar>?
      var bits: CInt = 0
      try library.check(api.GetAcceleratorName(accelerator, &name), "read an accelerator's name")
      try library.check(api.GetAcceleratorHardwareSupport(accelerator, &bits), "read an accelerator's hardware")
      found.append(
        Accelerator(name: name.map { String(cString: $0) } ?? "", hardware: Registering(rawValue: bits)))
    }
    return found
  }
}

extension LiteRTRuntime.Accelerator {
  /// LiteRT's bit for the hardware.
  var hardware: LiteRTEnvironment.Registering {
    switch self {
    case .cpu: .cpu
    case .gpu: .gpu
    case .npu: .npu
    }
  }
}
