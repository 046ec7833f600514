// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Serving
import Testing

/// The description that the server gives of itself.
@Suite struct DescriptionTests {
  private static let file = PeerPython.root.appending(path: "Documentation/schemas/serving.openapi.json")

  @Test func theDescriptionInTheDocumentationIsThatOfTheServer() async throws {
    let committed = try Data(contentsOf: Self.file)
    // `galley serve --description` writes it.
    #expect(committed == ServerDescription.json + Data("\n".utf8))
    let server = try TestServer()
    #expect(try await server.ask("GET", "/openapi.json", token: nil).body == ServerDescription.json)
  }

  @Test func everyReferenceIsKnownAndEveryOperationNamedOnce() throws {
    let document = try JSONDecoder().decode(ConfigurationValue.self, from: ServerDescription.json)
    guard case .map(let top) = document, case .map(let paths)? = top["paths"],
      case .map(let components)? = top["components"], case .map(let schemas)? = components["schemas"],
      case .map(let responses)? = components["responses"]
    else { throw Failed() }
    var names: Set<String> = []
    for case .map(let operations) in paths.values {
      for case .map(let operation) in operations.values {
        guard case .string(let name)? = operation["operationId"] else { throw Failed() }
        #expect(names.insert(name).inserted, "\(name)")
      }
    }
    #expect(names.count > 60)
    for reference in Self.references(document) {
      let isKnown =
        schemas[reference.replacing("#/components/schemas/", with: "")] != nil
        || responses[reference.replacing("#/components/responses/", with: "")] != nil
      #expect(isKnown, "\(reference)")
    }
  }

  private static func references(_ value: ConfigurationValue) -> [String] {
    switch value {
    case .map(let fields):
      fields.flatMap { key, value -> [String] in
        if key == "$ref", case .string(let text) = value { return [text] }
        return references(value)
      }
    case .list(let elements): elements.flatMap(references)
    default: []
    }
  }
}
