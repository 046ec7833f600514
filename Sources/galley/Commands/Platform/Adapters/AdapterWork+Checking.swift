// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Platform
internal import Serving

extension AdapterWork {
  /// Options that only some kinds of work look at are refused by the others: nothing is passed over in silence.
  private static let kinds: [String: Set<ModelWorkRequest.Kind>] = [
    "keepPredictions": [.evaluate], "iou": [.evaluate], "run": [.predict, .evaluate, .embed],
    "batchSize": [.predict, .evaluate, .embed],
  ]

  func check(_ request: ModelWorkRequest, in store: PlatformStore) throws(GalleyError) {
    _ = try WorkOptions(request.options)
    for name in request.options.values.keys.sorted() {
      guard let kinds = Self.kinds[name], !kinds.contains(request.kind) else { continue }
      throw GalleyError(
        .usage, "can't start the job", at: "options.\(name)", why: "'\(request.kind.rawValue)' doesn't look at it",
        remedy: "It is for \(kinds.map(\.rawValue).sorted().joined(separator: ", ")).")
    }
  }
}
