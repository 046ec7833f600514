// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A folder in which another program, or a person, keeps files that may be the ones that are needed.
public enum CacheFolder: Sendable, Hashable {
  /// The folder that holds Hugging Face's `models--ORG--NAME` folders.
  case huggingFace(String)
  /// The folder in which PyTorch's hub keeps checkpoints by file name.
  case torchHub(String)
  /// A folder of files under their own names, for example on a memory stick.
  case folder(String)

  /// The folder's path.
  public var path: String {
    switch self {
    case .huggingFace(let path), .torchHub(let path), .folder(let path): path
    }
  }

  /// The caches that the Python libraries of this user fill, where their environment variables put them.
  /// - Parameters:
  ///   - environment: `HF_HUB_CACHE`, `HF_HOME`, `TORCH_HOME` and `XDG_CACHE_HOME` are looked at.
  ///   - home: the home folder, below which the caches lie otherwise.
  public static func standard(environment: [String: String], home: String?) -> [CacheFolder] {
    func folder(_ name: String, _ below: String = "") -> String? {
      guard let value = environment[name], !value.isEmpty else { return nil }
      if let home, value.hasPrefix("~/") { return home + value.dropFirst() + below }
      return value + below
    }
    let caches = folder("XDG_CACHE_HOME") ?? home.map { "\($0)/.cache" }
    let huggingFace =
      folder("HF_HUB_CACHE") ?? folder("HUGGINGFACE_HUB_CACHE") ?? folder("HF_HOME", "/hub")
      ?? caches.map { "\($0)/huggingface/hub" }
    let torch = folder("TORCH_HOME", "/hub/checkpoints") ?? caches.map { "\($0)/torch/hub/checkpoints" }
    return [huggingFace.map(CacheFolder.huggingFace), torch.map(CacheFolder.torchHub)].compactMap { $0 }
  }
}
