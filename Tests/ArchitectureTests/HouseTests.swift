// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// The house as Documentation/architecture.md draws it, held against the sources.
private struct House {
  /// Rooms from the lowest floor up; a room may use only rooms of lower floors.
  static let floors: [[String]] = [
    ["CCurl", "CNVML", "CRuntimes", "CSandbox", "CTorchShim", "CVips", "CZlib", "NativeLibraries"],
    [
      "Archives", "Expressions", "Files", "Images", "JSONStream", "Pickles", "Statistics", "Tensors",
    ],
    ["Galley", "ONNX"],
    [
      "Bundles", "Checkpoints", "Datasets", "Fetching", "Measuring", "Metrics", "ModelFiles", "ModelOptimizers",
      "Runtimes", "SPPR", "Sandbox", "TargetProtocol", "Torch", "TrainingLogs", "WorkerProtocol",
    ],
    ["Agent", "Architectures", "Golden", "Pantry", "Platform", "Recipes", "Reports", "TargetTransport", "Targets"],
    ["AgentServer", "Backends", "RemoteTargets", "Workers"],
    ["Adapters", "Bench", "Engines", "Offline", "Scenarios", "Serving", "TargetInstalling"],
    ["galley", "galley-agent"],
  ]

  /// What runs on a device: no database, no training framework, no network client, no XML.
  static let deviceRooms: Set<String> = [
    "Agent", "AgentServer", "CNVML", "CRuntimes", "CVips", "Files", "Galley", "galley-agent", "Images", "Measuring",
    "Metrics",
    "NativeLibraries", "Runtimes",
    "Statistics",
    "TargetProtocol", "TargetTransport", "Targets", "Tensors", "WorkerProtocol",
  ]
  static let heavyModules: Set<String> = [
    "GRDB", "Torch", "CCurl", "CTorchShim", "Fetching", "FoundationNetworking", "FoundationXML", "XMLCoder",
  ]

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func floor(of room: String) -> Int? { floors.firstIndex { $0.contains(room) } }

  /// The Swift and C files of a room.
  static func sources(of room: String) -> [URL] {
    let folder = root.appending(path: "Sources/\(room)")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { ["swift", "c", "h", "cpp"].contains($0.pathExtension) }
  }

  /// The modules that a room imports, with the first file that does.
  static func imports(of room: String) throws -> [String: String] {
    let pattern =
      /^\s*(?:@\w+\s+)*(?:public\s+|package\s+|internal\s+|fileprivate\s+|private\s+)?import\s+(?:(?:struct|class|enum|protocol|func|typealias|var|let)\s+)?(\w+)/
      .anchorsMatchLineEndings()
    var found: [String: String] = [:]
    for file in sources(of: room) where file.pathExtension == "swift" {
      for match in try String(contentsOf: file, encoding: .utf8).matches(of: pattern) {
        found[String(match.1)] = found[String(match.1)] ?? file.lastPathComponent
      }
    }
    return found
  }
}

@Suite struct HouseTests {
  @Test func everyRoomIsOnTheMap() throws {
    let rooms = try FileManager.default.contentsOfDirectory(atPath: House.root.appending(path: "Sources").path)
      .filter { !House.sources(of: $0).isEmpty }
    #expect(Set(rooms) == Set(House.floors.joined()))
    let map = try String(contentsOf: House.root.appending(path: "Documentation/architecture.md"), encoding: .utf8)
    for room in rooms { #expect(map.contains("`\(room)`"), "Documentation/architecture.md does not name \(room)") }
  }

  @Test(arguments: House.floors.joined())
  func roomsUseOnlyLowerFloors(room: String) throws {
    let floor = try #require(House.floor(of: room))
    for (module, file) in try House.imports(of: room) {
      guard let other = House.floor(of: module), module != room else { continue }
      #expect(other < floor, "\(room)/\(file) imports \(module), which is not on a lower floor")
    }
  }

  @Test(arguments: House.deviceRooms.sorted())
  func deviceRoomsStayLight(room: String) throws {
    let heavy = House.heavyModules.intersection(try House.imports(of: room).keys)
    #expect(heavy.isEmpty)
  }

  @Test func filesStayShort() throws {
    for room in House.floors.joined() {
      for file in House.sources(of: room) where !file.lastPathComponent.hasSuffix(".pb.swift") {
        let lines = try String(contentsOf: file, encoding: .utf8).split(
          separator: "\n", omittingEmptySubsequences: false)
        // Tables of operators and of a native library's functions are dictionaries, long by nature.
        guard !file.lastPathComponent.contains("Table"), file.lastPathComponent != "torch_shim.h" else { continue }
        #expect(lines.count <= 401, "\(room)/\(file.lastPathComponent) has \(lines.count) lines")
      }
    }
  }

  @Test func everySourceNamesTheLicence() throws {
    for room in House.floors.joined() {
      for file in House.sources(of: room) {
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.prefix(600).contains("Part of Galley"), "\(room)/\(file.lastPathComponent)")
      }
    }
  }

  @Test func nobodyNamesARoomVaguely() throws {
    for room in House.floors.joined() {
      for file in House.sources(of: room) {
        let name = file.deletingPathExtension().lastPathComponent
        for word in ["Util", "Helper", "Common", "Manager", "Misc"] {
          #expect(!name.contains(word), "\(room)/\(file.lastPathComponent)")
        }
      }
    }
  }
}
