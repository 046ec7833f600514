// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Model {
  /// The model with another in front of it: what `prefix` gives goes into this model's input of the same name, and the
  /// inputs of `prefix` take its place.
  ///
  /// Metadata, producer and functions stay this model's.
  /// - Throws: `ONNXError` if the prefix hasn't one output, this model has no such input, their operator sets differ, or
  ///   both use a name.
  public func fed(by prefix: Model) throws(ONNXError) -> Model {
    guard let link = prefix.proto.graph.output.first?.name, prefix.proto.graph.output.count == 1 else {
      throw Self.unjoinable(prefix, "it has \(prefix.proto.graph.output.count) outputs", "give it one output")
    }
    guard proto.graph.input.contains(where: { $0.name == link }) else {
      throw Self.unjoinable(prefix, "it gives '\(link)', and the model has no input of that name", "rename its output")
    }
    for (domain, version) in prefix.operatorSets where operatorSets[domain] != version {
      throw Self.unjoinable(
        prefix,
        "it uses version \(version) of the operator set '\(domain)', and the model "
          + (operatorSets[domain].map { "version \($0)" } ?? "doesn't use it"), "build both with the same version")
    }
    var (own, other) = (Set<String>(), Set<String>())
    proto.graph.collectAllNames(into: &own)
    prefix.proto.graph.collectAllNames(into: &other)
    if let twice = own.intersection(other).subtracting([link, ""]).min() {
      throw Self.unjoinable(prefix, "both use the name '\(twice)'", "give its tensors and nodes other names")
    }
    var joined = self
    joined.proto.irVersion = max(proto.irVersion, prefix.proto.irVersion)
    joined.proto.graph.input = prefix.proto.graph.input + proto.graph.input.filter { $0.name != link }
    joined.proto.graph.node = prefix.proto.graph.node + proto.graph.node
    joined.proto.graph.initializer = prefix.proto.graph.initializer + proto.graph.initializer
    joined.proto.graph.valueInfo = prefix.proto.graph.valueInfo + proto.graph.valueInfo
    try joined.check()
    return joined
  }

  private static func unjoinable(_ prefix: Model, _ reason: String, _ remedy: String) -> ONNXError {
    ONNXError(
      .invalidArgument, "the models can't be joined", at: "graph '\(prefix.graphName)'", because: reason, remedy: remedy
    )
  }
}
