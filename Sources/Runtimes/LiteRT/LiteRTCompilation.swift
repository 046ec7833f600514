// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// What LiteRT is told when it compiles a model. Its options travel as texts under names, one `key = value` a line.
struct LiteRTCompilation: Sendable {
  let options: LiteRTRuntime.Options
  /// Whether the runtime measures each operator.
  let profiles: Bool

  init(_ options: LiteRTRuntime.Options, profiles: Bool) {
    self.options = options
    self.profiles = profiles
  }

  /// The file of packed weights for this model; nil if none is kept. Weights of another model or another version of
  /// LiteRT would be taken for this one's, so the name tells both.
  /// - Throws: `GalleyError` if the folder can't be made or written to.
  private func weightCachePath(_ model: LiteRTLoadedModel) throws(GalleyError) -> String? {
    let folder = options.weightCache
    guard !folder.isEmpty, let base = model.bytes.raw.baseAddress else { return nil }
    guard mkdir(folder, 0o777) == 0 || errno == EEXIST, access(folder, W_OK | X_OK) == 0 else {
      throw GalleyError(
        .cantCreate, "can't keep packed weights", at: folder, why: String(cString: strerror(errno)),
        remedy: "Give a folder that can be written to, or leave the option out.")
    }
    let bytes = Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: model.bytes.raw.count, deallocator: .none)
    return "\(folder)/\(Digest(of: bytes))-litert-\(model.library.version).xnnpack"
  }

  /// The texts by name. Threads and kernels are read from the first by XNNPACK, from the second by all others.
  private func texts(_ model: LiteRTLoadedModel) throws(GalleyError) -> [(name: String, text: String)] {
    var kernels = "num_threads = \(options.threads)\nkernel_mode = \"\(options.kernels.rawValue)\"\n"
    if let path = try weightCachePath(model) { kernels += "weight_cache_file_path = \"\(path)\"\n" }
    // 2: messages are kept, to be asked for.
    let runtime = "error_reporter_mode = 2\nenable_profiling = \(profiles)\n"
    return [("xnnpack", kernels), ("cpu_delegate", kernels), ("runtime_options_string", runtime)]
  }

  /// The options as LiteRT takes them; the caller destroys them.
  func made(for model: LiteRTLoadedModel) throws(GalleyError) -> LiteRtOptions {
    let (library, api) = (model.library, model.library.api.pointee)
    var made: LiteRtOptions?
    try library.check(api.CreateOptions(&made), "set LiteRT's options", at: model.path)
    guard let made else {
      throw GalleyError(.software, "can't set LiteRT's options", at: model.path, why: "it gave none")
    }
    do throws(GalleyError) {
      try library.check(
        api.SetOptionsHardwareAccelerators(made, hardware.rawValue), "choose LiteRT's accelerators", at: model.path)
      for (name, text) in try texts(model) { try add(name, text, to: made, model) }
    } catch {
      api.DestroyOptions(made)
      throw error
    }
    return made
  }

  private var hardware: LiteRTEnvironment.Registering {
    options.delegate.isEmpty ? [.cpu, options.accelerator.hardware] : [.cpu, .gpu]
  }

  private func add(
    _ name: String, _ text: String, to options: LiteRtOptions, _ model: LiteRTLoadedModel
  ) throws(GalleyError) {
    let (library, api) = (model.library, model.library.api.pointee)
    guard let copy = strdup(text) else { return }
    var made: LiteRtOpaqueOptions?
    let status = api.CreateOpaqueOptions(name, copy, { free($0) }, &made)
    guard status == 0, let made else {
      free(copy)
      try library.check(status, "set LiteRT's options", at: model.path)
      return
    }
    let added = api.AddOpaqueOptions(options, made)
    if added != 0 { api.DestroyOpaqueOptions(made) }
    try library.check(added, "set LiteRT's options", at: model.path)
  }
}
