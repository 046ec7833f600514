// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Refuses options that contradict each other or that LiteRT's way of taking options can't carry.
struct LiteRTOptionCheck {
  private let options: LiteRTRuntime.Options

  init(_ options: LiteRTRuntime.Options) { self.options = options }

  func check() throws(GalleyError) {
    guard (1...1024).contains(options.threads) else {
      throw refusal("threads", "\(options.threads) threads can't run a model", "Give 1 to 1024.")
    }
    try checkWeightCache()
    try checkDelegate()
  }

  private func checkWeightCache() throws(GalleyError) {
    guard !options.weightCache.isEmpty else { return }
    guard options.kernels == .xnnpack else {
      throw refusal(
        "weightCache", "only XNNPACK's kernels pack weights, and the kernels are \(options.kernels.rawValue)",
        "Leave it out, or choose the kernels xnnpack.")
    }
    // The path becomes a quoted text in LiteRT's options.
    guard !options.weightCache.unicodeScalars.contains(where: { "\"\\#".unicodeScalars.contains($0) || $0.value < 32 })
    else {
      throw refusal(
        "weightCache", "LiteRT takes no path with quotes, backslashes, number signs or control characters",
        "Choose another folder.")
    }
  }

  private func checkDelegate() throws(GalleyError) {
    if options.delegate.isEmpty, !options.delegateOptions.isEmpty {
      throw refusal("delegateOptions", "there is no delegate", "Give the path of a delegate's library as well.")
    }
    if !options.delegate.isEmpty, options.accelerator != .cpu {
      throw refusal(
        "delegate", "it is used instead of an accelerator of LiteRT's, and \(options.accelerator.rawValue) is chosen",
        "Choose one of the two.")
    }
    for text in options.delegateOptions where text.split(separator: "=", maxSplits: 1).count < 2 {
      throw refusal("delegateOptions", "'\(text)' is not of the form key=value", "Write a key, '=' and a value.")
    }
  }

  private func refusal(_ option: String, _ why: String, _ remedy: String) -> GalleyError {
    GalleyError(.configuration, "can't use LiteRT", at: option, why: why, remedy: remedy)
  }
}
