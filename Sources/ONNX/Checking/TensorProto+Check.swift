// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Onnx_TensorProto {
  /// Checks that the tensor has one field of data, of its type, as long as its shape says.
  func check(at place: String) throws(ONNXError) {
    guard let layout = DataLayout(dataType) else { throw .invalid(place, "its element type (\(dataType)) is unknown") }
    let count = try checkedElementCount(place)
    if dataLocation == .external {
      guard externalData.contains(where: { $0.key == "location" && !$0.value.isEmpty }) else {
        throw .invalid(place, "its data are said to lie outside the file, but not where")
      }
      return
    }
    let used = usedFields
    guard used.count <= 1 else { throw .invalid(place, "it has data in more than one field") }
    guard let field = used.first else {
      guard count == 0 else { throw .invalid(place, "it has no data for its \(count) elements") }
      return
    }
    guard let needed = layout.entries(for: count, in: field.name) else {
      throw .invalid(place, "its data stand in the field \(field.name), which is not for its element type")
    }
    guard field.entries == needed else {
      throw .invalid(place, "its shape \(dims) needs \(needed) entries of \(field.name), and it has \(field.entries)")
    }
  }

  private func checkedElementCount(_ place: String) throws(ONNXError) -> Int {
    var count = 1
    for dimension in dims {
      guard let extent = Int(exactly: dimension), extent >= 0 else {
        throw .invalid(place, "its shape \(dims) has a negative dimension")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product < Int.max / 256 else { throw .invalid(place, "its shape \(dims) is too large") }
      count = product
    }
    return count
  }

  private var usedFields: [(name: DataField, entries: Int)] {
    var fields: [(DataField, Int)] = []
    if hasRawData, !rawData.isEmpty { fields.append((.rawData, rawData.count)) }
    if !floatData.isEmpty { fields.append((.floatData, floatData.count)) }
    if !int32Data.isEmpty { fields.append((.int32Data, int32Data.count)) }
    if !int64Data.isEmpty { fields.append((.int64Data, int64Data.count)) }
    if !doubleData.isEmpty { fields.append((.doubleData, doubleData.count)) }
    if !uint64Data.isEmpty { fields.append((.uint64Data, uint64Data.count)) }
    if !stringData.isEmpty { fields.append((.stringData, stringData.count)) }
    return fields
  }

  enum DataField: String, CustomStringConvertible {
    case rawData = "raw_data"
    case floatData = "float_data"
    case int32Data = "int32_data"
    case int64Data = "int64_data"
    case doubleData = "double_data"
    case uint64Data = "uint64_data"
    case stringData = "string_data"

    var description: String { rawValue }
  }

  /// Where ONNX keeps the elements of one type, and how many entries they take.
  private struct DataLayout {
    let field: DataField
    /// Bits of one element in `raw_data`; 0 where that field is not allowed.
    let bits: Int
    /// Elements that share one entry of `field`, or entries that one element takes.
    var elementsPerEntry = 1
    var entriesPerElement = 1

    /// Source: the comments of `TensorProto` in ONNX's schema.
    init?(_ dataType: Int32) {
      switch dataType {
      case 1: (field, bits) = (.floatData, 32)
      case 2, 3, 9, 17...20, 24: (field, bits) = (.int32Data, 8)
      case 4, 5, 10, 16: (field, bits) = (.int32Data, 16)
      case 6: (field, bits) = (.int32Data, 32)
      case 7: (field, bits) = (.int64Data, 64)
      case 8: (field, bits) = (.stringData, 0)
      case 11: (field, bits) = (.doubleData, 64)
      case 12: (field, bits) = (.uint64Data, 32)
      case 13: (field, bits) = (.uint64Data, 64)
      case 14: (field, bits, entriesPerElement) = (.floatData, 64, 2)
      case 15: (field, bits, entriesPerElement) = (.doubleData, 128, 2)
      case 21, 22, 23: (field, bits, elementsPerEntry) = (.int32Data, 4, 2)
      case 25, 26: (field, bits, elementsPerEntry) = (.int32Data, 2, 4)
      case 27, 28: (field, bits) = (.int32Data, 6)
      default: return nil
      }
    }

    func entries(for count: Int, in used: DataField) -> Int? {
      if used == .rawData { return bits == 0 ? nil : (count * bits + 7) / 8 }
      guard used == field else { return nil }
      return (count + elementsPerEntry - 1) / elementsPerEntry * entriesPerElement
    }
  }
}

extension Onnx_SparseTensorProto {
  /// Checks that values, indices and shape of a sparse tensor agree.
  func check(at place: String) throws(ONNXError) {
    try values.check(at: place)
    guard values.dims.count == 1, !dims.isEmpty, dims.allSatisfy({ $0 > 0 }) else {
      throw .invalid(place, "a sparse tensor needs a list of values and a positive shape")
    }
    try indices.check(at: place)
    let count = values.dims[0]
    let isLinear = indices.dims == [count]
    let isCoordinates = indices.dims == [count, Int64(dims.count)]
    guard count == 0 || (indices.dataType == 7 && (isLinear || isCoordinates)) else {
      throw .invalid(place, "the indices of a sparse tensor don't match its \(count) values")
    }
  }
}
