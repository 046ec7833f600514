// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What would be calls if a pickle were run.
extension PickleReader {
  mutating func mention(_ name: String) throws(PickleProblem) {
    guard names.mentioned.contains(name) || names.called.contains(name) else { throw refusal(name) }
    try push(.name(name))
  }

  private func refusal(_ name: String) -> PickleProblem {
    PickleProblem(
      message: "it wants to call '\(name.prefix(200))', which is refused", offset: place, isRefused: true)
  }

  mutating func reduce() throws(PickleProblem) {
    let (argument, function) = (try pop(), try pop())
    guard case .name(let name) = function.value, case .tuple(let arguments) = argument.value else {
      throw problem("it calls something that is no name")
    }
    guard names.called.contains(name) else { throw refusal(name) }
    try push(try value(of: name, arguments), depth: argument.depth + 1)
  }

  private mutating func value(of name: String, _ arguments: [PickleValue]) throws(PickleProblem) -> PickleValue {
    switch name {
    case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct": return .array(PickleArray())
    case "numpy.dtype":
      guard let type = arguments.first?.text else { throw problem("a dtype is damaged") }
      try charge(type.utf8.count)
      return .array(PickleArray(type: type))
    case "_codecs.encode":
      // Python 3 writes bytes as text of the characters 0 to 255.
      guard let text = arguments.first?.text, arguments.last?.text == "latin1" else {
        throw problem("bytes are damaged")
      }
      try charge(text.utf8.count)
      let units = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
      return .bytes(units[...])
    case "collections.OrderedDict":
      // Its items follow, or stand in a list of pairs, as Python 2 writes them.
      guard let items = arguments.first?.elements else { return .dict([]) }
      try charge(items.count)
      var pairs: [(PickleValue, PickleValue)] = []
      for item in items {
        guard let pair = item.elements, pair.count == 2 else { throw problem("an ordered dictionary is damaged") }
        pairs.append((pair[0], pair[1]))
      }
      return .dict(pairs)
    case "builtins.set", "__builtin__.set": return .list(arguments.first?.elements ?? [])
    default: return .object(name: name, arguments: arguments)
    }
  }

  /// The state of an array or a dtype; the attributes of an ordered dictionary, such as PyTorch's `_metadata`, are left
  /// out.
  mutating func build(_ state: PickleValue) throws(PickleProblem) {
    let cell = try top()
    if case .dict = cell.value { return }
    guard case .array(var array) = cell.value, let state = state.elements else {
      throw problem("it sets the state of something that is no array")
    }
    guard array.type.isEmpty else {
      // A dtype: version, byte order, …
      if state.count > 1, let order = state[1].text, order.utf8.count <= 1, array.type.count > 1 {
        array.type = order + array.type
      }
      cell.value = .array(array)
      return
    }
    guard state.count == 5, let shape = state[1].elements?.compactMap(\.int), case .array(let type) = state[2],
      let content = try raw(state[4])
    else { throw problem("an array is damaged") }
    if case .bool(let isFortran) = state[3] { array.isFortran = isFortran }
    (array.shape, array.type, array.bytes) = (shape, type.type, content)
    cell.value = .array(array)
  }

  private mutating func raw(_ value: PickleValue) throws(PickleProblem) -> ArraySlice<UInt8>? {
    switch value {
    case .bytes(let bytes): return bytes
    case .text(let text):
      try charge(text.utf8.count)
      return Array(text.utf8)[...]
    default: return nil
    }
  }
}
