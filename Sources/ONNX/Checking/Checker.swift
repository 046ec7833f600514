// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Model {
  /// Checks the model against the structural rules of the ONNX specification.
  ///
  /// The rules are those of ONNX's own checker: format version and operator sets; names that are unique and defined
  /// once (single static assignment); nodes in topological order; operators that exist in the imported operator set,
  /// with their arity and the types of their attributes; tensors whose data are as long as their shapes say;
  /// subgraphs, which see the names of the graphs around them.
  /// - Throws: `ONNXError` that names the first node or tensor that breaks a rule.
  public func check() throws(ONNXError) {
    guard proto.irVersion > 0, proto.irVersion <= Int64(OperatorSetVersion.newestIRVersion) else {
      throw .invalid("the model's header", "the format version \(proto.irVersion) is unknown", .useKnownVersion)
    }
    try checkOperatorSets()
    try checkMetadata()
    guard proto.hasGraph else { throw .invalid("the model", "it has no graph") }
    let checker = GraphChecker(
      irVersion: proto.irVersion, operatorSets: operatorSets,
      functions: Set(proto.functions.map { QualifiedName(domain: canonicalDomain($0.domain), name: $0.name) }),
      isFunctionBody: false)
    try checker.check(proto.graph, within: NameScope())
    for function in proto.functions { try checker.check(function) }
  }

  private func checkOperatorSets() throws(ONNXError) {
    guard proto.irVersion < 3 || !proto.opsetImport.isEmpty else {
      throw .invalid("the model's header", "no operator set is imported")
    }
    for imported in proto.opsetImport {
      guard imported.version > 0, Int32(exactly: imported.version) != nil else {
        throw .invalid("the model's header", "the operator set '\(imported.domain)' has version \(imported.version)")
      }
      guard !canonicalDomain(imported.domain).isEmpty || imported.version <= Int64(OperatorSetVersion.newest) else {
        throw .invalid(
          "the model's header",
          "version \(imported.version) of ONNX's operator set is newer than \(OperatorSetVersion.newest)",
          .useKnownVersion)
      }
    }
  }

  private func checkMetadata() throws(ONNXError) {
    var keys: Set<String> = []
    for entry in proto.metadataProps where !keys.insert(entry.key).inserted {
      throw .invalid("the model's metadata", "the key '\(entry.key)' appears twice")
    }
  }
}

/// A name and the domain that owns it.
struct QualifiedName: Hashable {
  let domain: String
  let name: String
}

extension ONNXError {
  /// An error for a broken rule of the specification.
  static func invalid(_ location: String, _ reason: String, _ remedy: Remedy = .exportAgain) -> ONNXError {
    ONNXError(.invalidModel, "the model is invalid", at: location, because: reason, remedy: remedy.rawValue)
  }

  enum Remedy: String {
    case exportAgain = "mend the program that made the model and export it again"
    case useKnownVersion = "export the model for an older operator set"
  }
}
