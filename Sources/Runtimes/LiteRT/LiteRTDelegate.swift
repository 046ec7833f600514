// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import NativeLibraries
internal import Synchronization

/// An external TensorFlow Lite delegate: a library that exports `tflite_plugin_create_delegate` and
/// `tflite_plugin_destroy_delegate`, made known to LiteRT as an accelerator. It registers before the processor's own
/// accelerator, because LiteRT asks them in that order.
///
/// `@unchecked Sendable`: nothing changes after `init` but the messages, which are behind a lock.
final class LiteRTDelegate: @unchecked Sendable {
  let path: String
  private let options: [(key: String, value: String)]
  private let create: GalleyDelegateCreate
  private let destroy: GalleyDelegateDestroy
  /// The name that LiteRT is given, as C text.
  private let name: UnsafeMutablePointer<CChar>
  private let refusal = Mutex<String?>(nil)

  /// The delegates by the address of their accelerator, which is all that LiteRT's callbacks get.
  private static let registered = Mutex<[UInt: Registration]>([:])
  /// What the plug-in that is asked right now reports; compiling is serialised.
  private static let reports = Mutex<[String]>([])

  private struct Registration: Sendable { weak var delegate: LiteRTDelegate? }

  init(_ options: LiteRTRuntime.Options) throws(GalleyError) {
    path = options.delegate
    self.options = options.delegateOptions.map { text in
      let parts = text.split(separator: "=", maxSplits: 1)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    let functions: (UnsafeMutableRawPointer, UnsafeMutableRawPointer)
    do throws(NativeLibraryError) {
      // A bare name would be searched for by the dynamic linker.
      let library = try DynamicLibrary.open(path.contains("/") ? path : "./" + path)
      functions = try (
        library.symbol("tflite_plugin_create_delegate"), library.symbol("tflite_plugin_destroy_delegate")
      )
    } catch {
      throw GalleyError(
        error.code == .notFound ? .missingInput : .unavailable, "can't use the delegate", at: options.delegate,
        why: error.reason, remedy: "Give the path of a library with an external TensorFlow Lite delegate.")
    }
    // The symbols have these types in TensorFlow Lite's contract with external delegates.
    create = unsafeBitCast(functions.0, to: GalleyDelegateCreate.self)
    destroy = unsafeBitCast(functions.1, to: GalleyDelegateDestroy.self)
    let text = Array("GalleyDelegate \(path)".utf8CString)
    name = .allocate(capacity: text.count)
    name.initialize(from: text, count: text.count)
  }

  deinit {
    name.deallocate()
    Self.registered.withLock { table in table = table.filter { $0.value.delegate != nil } }
  }

  /// What the plug-in said when it refused, if it did.
  var refusalWords: String? { refusal.withLock { $0 } }

  /// Makes the delegate known to `environment`, and after it the processor's accelerator.
  func register(in environment: LiteRTEnvironment) throws(GalleyError) {
    let library = environment.library
    let accelerator = try Self.accelerator(library)
    let address = UInt(bitPattern: accelerator)
    Self.registered.withLock { $0[address] = Registration(delegate: self) }
    try Self.fill(
      accelerator, library,
      name: { accelerator, name in
        guard let delegate = LiteRTDelegate.of(accelerator), let name else { return CInt(GALLEY_LITERT_FAILURE) }
        name.pointee = UnsafePointer(delegate.name)
        return 0
      },
      version: { _, version in
        version?.pointee = LiteRtApiVersion(major: 1, minor: 0, patch: 0)
        return 0
      },
      // LiteRT tells such delegates apart from its own for the processor by this bit.
      hardware: { _, bits in
        bits?.pointee = CInt(GALLEY_LITERT_GPU)
        return 0
      },
      isJit: { _, answer in
        answer?.pointee = true
        return 0
      },
      create: { _, _, accelerator, _, wrapper in
        guard let delegate = LiteRTDelegate.of(accelerator), let wrapper else { return CInt(GALLEY_LITERT_FAILURE) }
        return delegate.make(wrapper)
      })
    try library.check(
      library.api.pointee.RegisterAccelerator(environment.handle, accelerator, nil, nil), "register the delegate",
      at: path)
    try registerProcessor(in: environment)
  }

  private func registerProcessor(in environment: LiteRTEnvironment) throws(GalleyError) {
    let library = environment.library
    guard let own = library.accelerator?.pointee, let name = own.get_name, let version = own.get_version,
      let hardware = own.get_hardware, let isJit = own.is_jit, let create = own.create_delegate
    else { return }
    let accelerator = try Self.accelerator(library)
    try Self.fill(
      accelerator, library, name: name, version: version, hardware: hardware, isJit: isJit, create: create)
    try library.check(
      library.api.pointee.RegisterAccelerator(environment.handle, accelerator, nil, nil),
      "register the processor's accelerator", at: library.path)
  }

  private static func accelerator(_ library: LiteRTLibrary) throws(GalleyError) -> LiteRtAccelerator {
    var made: LiteRtAccelerator?
    try library.check(library.api.pointee.CreateAccelerator(&made), "describe an accelerator", at: library.path)
    guard let made else {
      throw GalleyError(.software, "can't describe an accelerator", at: library.path, why: "LiteRT gave none")
    }
    return made
  }

  private static func fill(
    _ accelerator: LiteRtAccelerator, _ library: LiteRTLibrary, name: LiteRtAcceleratorGetName,
    version: LiteRtAcceleratorGetVersion, hardware: LiteRtAcceleratorGetHardware, isJit: LiteRtAcceleratorIsJit,
    create: LiteRtAcceleratorCreateDelegate
  ) throws(GalleyError) {
    let api = library.api.pointee
    let deed = "describe an accelerator"
    do throws(GalleyError) {
      try library.check(api.SetAcceleratorGetName(accelerator, name), deed)
      try library.check(api.SetAcceleratorGetVersion(accelerator, version), deed)
      try library.check(api.SetAcceleratorGetHardwareSupport(accelerator, hardware), deed)
      try library.check(api.SetIsAcceleratorDelegateResponsibleForJitCompilation(accelerator, isJit), deed)
      try library.check(api.SetDelegateFunction(accelerator, create), deed)
    } catch {
      api.DestroyAccelerator(accelerator)
      throw error
    }
  }

  private static func of(_ accelerator: LiteRtAccelerator?) -> LiteRTDelegate? {
    let address = UInt(bitPattern: accelerator)
    return registered.withLock { $0[address]?.delegate }
  }

  /// Asks the plug-in for its delegate, which LiteRT destroys with the compiled model.
  private func make(_ wrapper: UnsafeMutablePointer<LiteRtDelegateWrapper?>) -> CInt {
    Self.reports.withLock { $0 = [] }
    let made = withCText(options.flatMap { [$0.key, $0.value] }) { texts in
      let keys = stride(from: 0, to: texts.count, by: 2).map { texts[$0] }
      let values = stride(from: 1, to: texts.count, by: 2).map { texts[$0] }
      return create(keys, values, keys.count) { words in
        guard let words else { return }
        let text = String(cString: words)
        LiteRTDelegate.reports.withLock { $0.append(text) }
      }
    }
    guard let made, let library = try? LiteRTLibrary.shared() else {
      let words = Self.reports.withLock { $0.joined(separator: "; ") }
      refusal.withLock { $0 = words.isEmpty ? "it gives no reason" : words }
      return CInt(GALLEY_LITERT_FAILURE)
    }
    return library.api.pointee.WrapDelegate(made, destroy, wrapper)
  }
}

/// Gives `body` the texts as C texts, which are valid within it.
private func withCText<Result>(_ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
  let copies = texts.map { text in
    let bytes = Array(text.utf8CString)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    copy.initialize(from: bytes, count: bytes.count)
    return copy
  }
  defer { for copy in copies { copy.deallocate() } }
  return body(copies.map { UnsafePointer($0) })
}
