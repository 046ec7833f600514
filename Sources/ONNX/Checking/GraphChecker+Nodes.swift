// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension GraphChecker {
  /// Checks one node: its operator, arity and attributes, and the subgraphs among these.
  func check(_ node: Onnx_NodeProto, _ place: String, _ scope: NameScope) throws(ONNXError) {
    guard !node.opType.isEmpty else { throw .invalid(place, "it has no operator") }
    guard !node.input.isEmpty || !node.output.isEmpty else {
      throw .invalid(place, "it has neither inputs nor outputs")
    }
    let domain = canonicalDomain(node.domain)
    guard let version = operatorSets[domain] else {
      throw .invalid(place, reasonForUnknown(domain: node.domain))
    }
    var names: Set<String> = []
    for attribute in node.attribute {
      guard names.insert(attribute.name).inserted else {
        throw .invalid(place, "the attribute '\(attribute.name)' appears twice")
      }
      try check(attribute, place, scope)
    }
    guard domain.isEmpty, !functions.contains(QualifiedName(domain: domain, name: node.opType)) else { return }
    guard let signature = OperatorSignature.find(node.opType, opset: version) else {
      throw .invalid(place, reasonForUnknown(node.opType, version))
    }
    try check(node, against: signature, version, place)
  }

  private func check(
    _ node: Onnx_NodeProto, against signature: OperatorSignature, _ version: Int, _ place: String
  ) throws(ONNXError) {
    guard !signature.isDeprecated else {
      throw .invalid(place, "the operator \(node.opType) was removed by operator set \(version)")
    }
    if let mistake = signature.inputs.mistake(in: node.input) { throw .invalid(place, "input \(mistake)") }
    if let mistake = signature.outputs.mistake(in: node.output) { throw .invalid(place, "output \(mistake)") }
    for attribute in node.attribute {
      guard let expected = signature.attributes[attribute.name] else {
        throw .invalid(place, "the operator has no attribute '\(attribute.name)'")
      }
      // A reference to a function's attribute has the type that the function was given.
      guard attribute.type.rawValue == expected.type || !attribute.refAttrName.isEmpty else {
        throw .invalid(place, "the attribute '\(attribute.name)' has a wrong type (\(attribute.type))")
      }
    }
    for (name, expected) in signature.attributes.sorted(by: { $0.key < $1.key }) where expected.isRequired {
      guard node.attribute.contains(where: { $0.name == name }) else {
        throw .invalid(place, "the attribute '\(name)' is missing")
      }
    }
  }

  private func check(_ attribute: Onnx_AttributeProto, _ place: String, _ scope: NameScope) throws(ONNXError) {
    guard !attribute.name.isEmpty else { throw .invalid(place, "an attribute has no name") }
    guard irVersion < 2 || attribute.hasType else {
      throw .invalid(place, "the attribute '\(attribute.name)' has no type")
    }
    let used = attribute.usedFields
    guard used.count <= 1 else { throw .invalid(place, "the attribute '\(attribute.name)' has more than one value") }
    if let field = used.first, attribute.hasType, field != attribute.type {
      throw .invalid(place, "the attribute '\(attribute.name)' says \(attribute.type) and holds \(field)")
    }
    if !attribute.refAttrName.isEmpty {
      guard isFunctionBody, used.isEmpty else {
        throw .invalid(place, "the attribute '\(attribute.name)' refers to a function's attribute where it can't")
      }
    }
    let inner = "attribute '\(attribute.name)' of \(place)"
    if attribute.hasT { try attribute.t.check(at: inner) }
    for tensor in attribute.tensors { try tensor.check(at: inner) }
    if attribute.hasSparseTensor { try attribute.sparseTensor.check(at: inner) }
    for tensor in attribute.sparseTensors { try tensor.check(at: inner) }
    if attribute.hasG { try check(attribute.g, within: scope, isSubgraph: true) }
    for graph in attribute.graphs { try check(graph, within: scope, isSubgraph: true) }
  }
}

extension Onnx_AttributeProto {
  /// The types of the fields that hold something.
  fileprivate var usedFields: [AttributeType] {
    let fields: [(Bool, AttributeType)] = [
      (hasF, .float), (hasI, .int), (hasS, .string), (hasT, .tensor), (hasG, .graph), (hasTp, .typeProto),
      (hasSparseTensor, .sparseTensor), (!floats.isEmpty, .floats), (!ints.isEmpty, .ints),
      (!strings.isEmpty, .strings), (!tensors.isEmpty, .tensors), (!graphs.isEmpty, .graphs),
      (!sparseTensors.isEmpty, .sparseTensors), (!typeProtos.isEmpty, .typeProtos),
    ]
    return fields.filter(\.0).map(\.1)
  }
}
