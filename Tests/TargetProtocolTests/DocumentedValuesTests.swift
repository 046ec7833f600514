// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Measuring
import PeerSupport
import TargetProtocol
import Testing

/// The document's examples of parameters and results, held against the types.
struct DocumentedValuesTests {
  static func lines() throws -> [String] {
    let page = try String(
      contentsOf: PeerPython.root.appending(path: "Documentation/target-protocol.md"), encoding: .utf8)
    let after = page.split(separator: "<!-- values:", maxSplits: 1).last ?? ""
    let block = after.components(separatedBy: "```").dropFirst().first ?? ""
    return block.split(separator: "\n").map { String($0).replacing("…", with: Digest(of: "hello").hex) }
  }

  /// The text as the type reads and writes it.
  static func again<Value: Codable>(_ text: String, _ type: Value.Type) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(JSONDecoder().decode(type, from: Data(text.utf8))), as: UTF8.self)
  }

  static func pair<Parameters: Codable & Sendable, Result: Codable & Sendable>(
    _: Parameters.Type, _: Result.Type
  ) -> @Sendable (String, String) throws -> (String, String) {
    { (try again($0, Parameters.self), try again($1, Result.self)) }
  }

  static let methods: [String: @Sendable (String, String) throws -> (String, String)] = [
    TargetMethod.openData: pair(OpenDataParameters.self, OpenDataResult.self),
    TargetMethod.openImages: pair(OpenImagesParameters.self, OpenDataResult.self),
    TargetMethod.openSamples: pair(OpenSamplesParameters.self, OpenSamplesResult.self),
    TargetMethod.load: pair(LoadParameters.self, LoadResult.self),
    TargetMethod.firstInference: pair(NoParameters.self, FirstInferenceResult.self),
    TargetMethod.warmUp: pair(WarmUpParameters.self, WarmUpResult.self),
    TargetMethod.block: pair(BlockParameters.self, BlockResult.self),
    TargetMethod.throughput: pair(ThroughputParameters.self, ThroughputRecord.self),
    TargetMethod.profile: pair(ProfileParameters.self, ProfileResult.self),
    TargetMethod.predict: pair(PredictParameters.self, PredictResult.self),
    TargetMethod.writeOutputs: pair(WriteOutputsParameters.self, WriteOutputsResult.self),
    TargetMethod.observeRanges: pair(ObserveRangesParameters.self, ObserveRangesResult.self),
    TargetMethod.resources: pair(NoParameters.self, ResourceReport.self),
    TargetMethod.environment: pair(NoParameters.self, EnvironmentRecord.self),
    TargetMethod.observe: pair(NoParameters.self, MachineObservation.self),
    TargetMethod.runtime: pair(NoParameters.self, RuntimeRecord.self),
  ]

  @Test func everyMethodIsDocumentedAsItIs() throws {
    let lines = try Self.lines()
    var found: Set<String> = []
    for start in stride(from: 0, to: lines.count - 2, by: 3) {
      let method = lines[start]
      let check = try #require(Self.methods[method], "\(method)")
      let (parameters, result) = try check(lines[start + 1], lines[start + 2])
      #expect(parameters == lines[start + 1])
      #expect(result == lines[start + 2])
      found.insert(method)
    }
    #expect(found == Set(Self.methods.keys))
  }

  @Test func theDocumentsDurationsAreWhatItSays() throws {
    let list = try JSONDecoder().decode(DurationList.self, from: Data(#""kE6QTo9O""#.utf8))
    #expect(list.nanoseconds == [10_000, 10_000, 9_999])
  }
}
