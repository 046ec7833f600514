// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import SPPR
import Testing

/// Galley's YAML and JSON held against PyYAML and Python's json module.
@Suite struct PeerTests {
  let peer: PeerFixture

  init() throws { peer = try PeerFixture.shared.get() }

  @Test func writesYAMLAsPyYAMLDoes() {
    for document in peer.documents {
      let yaml = PortableDocument(document.value.value).yaml
      #expect(Array(yaml.utf8) == Array(document.yaml.utf8))
    }
  }

  @Test func printsCanonicalJSONAsPythonDoes() {
    for document in peer.documents { #expect(document.value.value.canonicalJSON == document.json) }
  }

  @Test func readsWhatPyYAMLWrites() throws {
    for document in peer.documents {
      let read = try PortableDocument(yaml: document.yaml)
      #expect(read.root.withPlainNaN.canonicalJSON == document.json)
      #expect(read.yaml == document.yaml)
    }
  }

  /// Flow style, forced quotes, blocks, other widths, carriage returns, and values that occur in several places.
  @Test func readsEveryStyleOfPyYAML() throws { try compare(peer.dumps) }

  @Test func resolvesScalarsAsPyYAMLDoes() throws { try compare(peer.scalars) }

  @Test func readsAndRefusesAsPyYAMLDoes() throws { try compare(peer.readings) }

  private func compare(_ readings: [PeerFixture.Reading]) throws {
    for reading in readings {
      let document = Result { try PortableDocument(yaml: reading.text) }
      guard let expected = reading.value else {
        #expect(throws: (any Error).self, "\(reading.text)") { try document.get() }
        continue
      }
      let read = try document.get()
      #expect(read.root.withPlainNaN == expected.value.withPlainNaN, "\(reading.text)")
      #expect(read.yaml == reading.yaml, "\(reading.text)")
    }
  }

  @Test func printsFloatsAsPythonDoes() throws {
    for pair in peer.floats {
      let number = try Tagged.float(pair[0])
      let json = PortableValue.float(number).canonicalJSON
      let words = ["nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"]
      #expect(json == words[pair[1]] ?? pair[1])
    }
  }
}
