// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import TargetProtocol
import Testing

struct DocumentedExampleTests {
  @Test func theDocumentsExampleIsWhatTheCodeWrites() throws {
    let pair = try Transcript.example()
    let transcript = Transcript(pair.log)
    #expect(pair.host.end?.code == .done && pair.agent.end?.code == .done)
    #expect(try Transcript.documented() == transcript.text, "\(transcript.text)")
  }
}
