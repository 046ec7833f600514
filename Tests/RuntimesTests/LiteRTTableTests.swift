// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import CRuntimes
import Synchronization
import Testing

@Suite("LiteRT's functions")
struct LiteRTTableTests {
  /// Looks names up in a library that lacks one of them.
  private static func fill(lacking missing: String?) -> (missing: String?, asked: [String]) {
    final class Library {
      let missing: String?
      var asked: [String] = []
      init(_ missing: String?) { self.missing = missing }
    }
    let library = Library(missing)
    let table = UnsafeMutablePointer<LiteRtApi>.allocate(capacity: 1)
    defer { table.deallocate() }
    let answer = galley_litert_fill(
      table,
      { context, name in
        guard let context else { return nil }
        let library = Unmanaged<Library>.fromOpaque(context).takeUnretainedValue()
        let name = String(cString: name)
        library.asked.append(name)
        return name == library.missing ? nil : UnsafeMutableRawPointer(bitPattern: 1)
      }, Unmanaged.passUnretained(library).toOpaque())
    return (answer.map { String(cString: $0) }, library.asked)
  }

  @Test func `are all asked for once, under the library's names`() {
    let (missing, asked) = Self.fill(lacking: nil)
    #expect(missing == nil)
    #expect(asked.count == MemoryLayout<LiteRtApi>.size / MemoryLayout<Int>.size)
    #expect(Set(asked).count == asked.count && asked.allSatisfy { $0.hasPrefix("LiteRt") })
  }

  @Test(arguments: ["LiteRtCreateEnvironment", "LiteRtRunCompiledModel", "LiteRtDestroyTensorBuffer"])
  func `are refused if one is missing, which is named`(name: String) {
    #expect(Self.fill(lacking: name).missing == name)
  }
}
