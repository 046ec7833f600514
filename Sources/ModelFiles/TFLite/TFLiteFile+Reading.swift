// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension TFLiteFile {
  /// Reads a file.
  /// - Throws: `GalleyError` if it is missing, unreadable, or no TensorFlow Lite model.
  public init(contentsOf path: String) throws(GalleyError) {
    try self.init(FileContents.read(path, "the model"), path)
  }

  /// Reads a file's bytes.
  /// - Parameter place: the path in messages.
  /// - Throws: `GalleyError` if they are no TensorFlow Lite model: one message that says what is wrong.
  public init(_ bytes: [UInt8], _ place: String) throws(GalleyError) {
    do throws(FlatBufferError) {
      try self.init(FlatBuffer(bytes))
    } catch {
      throw GalleyError(
        .badData, "can't read the TensorFlow Lite model", at: place, why: error.reason,
        remedy: "Check that the file is complete: copy or convert it again.")
    }
    do throws(ArchiveError) {
      attachments = try AppendedArchive(bytes)?.contents() ?? [:]
    } catch {
      attachmentProblem = error.reason
    }
  }

  init(_ buffer: FlatBuffer) throws(FlatBufferError) {
    let root = try buffer.root(identifier: "TFL3")
    version = Int(try root.number(0, default: UInt32(0)))
    description = try root.text(3)
    attachments = [:]
    let codes = try root.tables(1).map { table throws(FlatBufferError) in try OperatorCode(table) }
    buffers = try root.tables(4).map { table throws(FlatBufferError) in try Self.constant(table, buffer) }
    subgraphs = try root.tables(2).map { table throws(FlatBufferError) in try Subgraph(table, codes) }
    signatures = try root.tables(7).map { table throws(FlatBufferError) in try Signature(table) }
    metadata = [:]
    for entry in try root.tables(6) {
      let index = Int(try entry.number(1, default: UInt32(0)))
      guard buffers.indices.contains(index) else { continue }
      try buffer.spend(buffers[index].count)
      metadata[try entry.text(0)] = Array(buffer.bytes[buffers[index]])
    }
    try requireSubstance()
  }

  /// A constant's bytes lie in the flatbuffer, or beyond it in a large file.
  private static func constant(_ table: FlatTable, _ buffer: FlatBuffer) throws(FlatBufferError) -> Range<Int> {
    if let range = try table.vector(0, elementSize: 1) { return range }
    let (offset, size) = (try table.number(1, default: UInt64(0)), try table.number(2, default: UInt64(0)))
    guard offset > 1 else { return 0..<0 }
    let (end, overflow) = offset.addingReportingOverflow(size)
    guard !overflow, end <= UInt64(buffer.bytes.count) else {
      throw FlatBufferError(reason: "a constant of \(size) bytes at byte \(offset) lies outside the file")
    }
    return Int(offset)..<Int(end)
  }

  private func requireSubstance() throws(FlatBufferError) {
    guard version == 3 else {
      throw FlatBufferError(reason: "it follows version \(version) of the schema, and only version 3 is known")
    }
    guard let main, !main.operators.isEmpty, !main.outputs.isEmpty else {
      throw FlatBufferError(reason: "it has no graph with operators and outputs")
    }
  }
}

/// The kinds of operators that a file uses, to which its operators refer.
struct OperatorCode {
  let code: Int
  let name: String
  let version: Int

  init(_ table: FlatTable) throws(FlatBufferError) {
    // A code above 126 stands only in the newer of two fields; files before it have only the older one.
    let old = Int(try table.number(0, default: Int8(0)))
    code = max(old, Int(try table.number(3, default: Int32(0))))
    version = Int(try table.number(2, default: Int32(1)))
    let ownName = try table.text(1)
    name = code == TFLiteOperatorTable.custom ? (ownName.isEmpty ? "CUSTOM" : ownName) : TFLiteOperatorTable.name(code)
  }
}
