// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

/// A model file that was checked and that LiteRT has read, and the signature of it that is called.
///
/// `@unchecked Sendable`: nothing changes after `init`.
final class LiteRTLoadedModel: @unchecked Sendable {
  let path: String
  let environment: LiteRTEnvironment
  let bytes: LiteRTFileBytes
  let handle: LiteRtModel
  let outline: TFLiteOutline
  /// The number of the signature within the file.
  let signatureIndex: Int
  var signature: TFLiteSignature { outline.signatures[signatureIndex] }
  var library: LiteRTLibrary { environment.library }

  /// The signature that converters write when nothing else is said.
  private static let usualKey = "serving_default"

  init(path: String, environment: LiteRTEnvironment, signature key: String) throws(GalleyError) {
    self.path = path
    self.environment = environment
    bytes = try LiteRTFileBytes(path: path)
    outline = try LiteRTRuntime.outline(of: bytes.raw, at: path)
    signatureIndex = try Self.choose(key, outline.signatures, path)
    try Self.requireKinds(outline.signatures[signatureIndex], path)
    let (library, bytes) = (environment.library, bytes.raw)
    let made = try LiteRTLibrary.alone { () throws(GalleyError) in
      var made: LiteRtModel?
      guard let base = bytes.baseAddress else { return made }
      try library.check(
        library.api.pointee.CreateModelFromBuffer(environment.handle, base, bytes.count, &made), "read the model",
        at: path)
      return made
    }
    guard let made else {
      throw GalleyError(.software, "can't read the model", at: path, why: "LiteRT gave none")
    }
    handle = made
    try requireAgreement()
  }

  // The model is destroyed before the bytes and the environment, which are released with the object's fields.
  deinit { library.api.pointee.DestroyModel(handle) }

  private static func choose(
    _ key: String, _ signatures: [TFLiteSignature], _ path: String
  ) throws(GalleyError) -> Int {
    guard !key.isEmpty else { return signatures.firstIndex { $0.key == usualKey } ?? 0 }
    if let index = signatures.firstIndex(where: { $0.key == key && !$0.isPlaceholder }) { return index }
    let known = signatures.filter { !$0.isPlaceholder }.map(\.key)
    let guess = NearestName.match(key, in: known).map { "; did you mean '\($0)'?" } ?? ""
    throw GalleyError(
      .configuration, "can't use the model", at: path,
      why: known.isEmpty
        ? "it has no signatures, and '\(key)' was asked for"
        : "it has no signature '\(key)', only \(known.joined(separator: ", "))\(guess)",
      remedy: "Leave the signature out, or give one that the model has.")
  }

  private static func requireKinds(_ signature: TFLiteSignature, _ path: String) throws(GalleyError) {
    for (side, ports) in [("input", signature.inputs), ("output", signature.outputs)] {
      for port in ports {
        guard case .other(let type) = port.tensor.type else { continue }
        throw GalleyError(
          .badData, "can't use the model", at: path,
          why: "\(side) '\(port.name)' has the element type \(type), which is not supported")
      }
    }
  }

  /// Buffers are bound by position, so LiteRT must see the same tensors in the same order.
  private func requireAgreement() throws(GalleyError) {
    let api = library.api.pointee
    let deed = "read the model's signature"
    var made: LiteRtSignature?
    try library.check(api.GetModelSignature(handle, signatureIndex, &made), deed, at: path)
    guard let made else { throw GalleyError(.software, "can't \(deed)", at: path, why: "LiteRT gave none") }
    var (inputs, outputs) = (0, 0)
    try library.check(api.GetNumSignatureInputs(made, &inputs), deed, at: path)
    try library.check(api.GetNumSignatureOutputs(made, &outputs), deed, at: path)
    var seen: [[Int]] = [[], []]
    for index in 0..<inputs {
      seen[0].append(try tensorIndex(deed) { api.GetSignatureInputTensorByIndex(made, index, $0) })
    }
    for index in 0..<outputs {
      seen[1].append(try tensorIndex(deed) { api.GetSignatureOutputTensorByIndex(made, index, $0) })
    }
    guard seen == [signature.inputs.map(\.tensorIndex), signature.outputs.map(\.tensorIndex)] else {
      throw GalleyError(
        .badData, "can't use the model", at: path,
        why: "LiteRT reads the inputs and outputs of signature '\(signature.key)' otherwise than the file lists them")
    }
  }

  private func tensorIndex(
    _ deed: String, _ get: (UnsafeMutablePointer<LiteRtTensor?>) -> CInt
  ) throws(GalleyError) -> Int {
    var tensor: LiteRtTensor?
    try library.check(get(&tensor), deed, at: path)
    var index: UInt32 = 0
    if let tensor { try library.check(library.api.pointee.GetTensorIndex(tensor, &index), deed, at: path) }
    return tensor == nil ? -1 : Int(index)
  }
}
