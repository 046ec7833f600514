// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import TargetProtocol
import Testing

struct SessionEndTests {
  @Test(arguments: CloseCode.allCases)
  func everyEndIsOneMessageForAPerson(_ code: CloseCode) {
    let error = SessionEnd(code, "a\nb", isRemote: true).galleyError("can't measure", at: "bench-pi")
    #expect(error.description.hasPrefix("bench-pi: can't measure: the agent says: a b"))
    #expect(error.exitCode == code.exitCode)
  }

  @Test func whatAnAgentSaysSteersNoTerminal() {
    let evil = "a\u{1B}[2J\u{202E}b\u{2028}c\u{9B}d\r\ne\u{200F}"
    let error = RequestFailure(.failed, exitCode: .badData, what: evil, at: evil, why: evil, remedy: evil).galleyError
    for text in [
      error.what, error.place, error.why, error.remedy, SessionEnd(.busy, evil).galleyError("x", at: nil).why,
    ] {
      #expect(text == "a [2J b c d  e ")
    }
  }

  @Test func aReasonThatIsTooLongIsCutBetweenCharacters() throws {
    for count in 1000..<1030 {
      let frame = OutgoingFrame.close(.violation, String(repeating: "ä", count: count)).reduce(Data(), +)
      var decoder = FrameDecoder(expectsPreamble: false)
      var payload = Data()
      try decoder.append(frame) { if case .message(.close, _, let bytes) = $0 { payload = bytes } }
      #expect(String(validating: payload.dropFirst(2), as: UTF8.self) != nil)
    }
  }

  @Test func failuresKeepTheirWordsAndStayWithinAFrame() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.request("x", NoParameters(), at: .zero)
    pair.pump()
    let error = GalleyError(
      .badData, "can't load", at: "model.onnx", why: String(repeating: "a\"\u{1}", count: 100_000), remedy: "r")
    pair.agent.fail(stream, RequestFailure(error), at: .zero)
    pair.pump()
    guard case .failed(stream, let failure)? = pair.hostEvents.last else {
      Issue.record("no failure")
      return
    }
    #expect(failure.what == "can't load" && failure.place == "model.onnx" && failure.exitCode == .badData)
    #expect(failure.galleyError.remedy == "r")
    #expect(failure.why.utf8.count <= 2048)
  }

  @Test func aFailureOfAnUnknownKindIsAFailure() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.request("x", NoParameters(), at: .zero)
    let text = #"{"code":"new","exitCode":65,"what":"w","why":"y","more":1}"#
    pair.host.receive(OutgoingFrame.message(.failure, stream: stream, Data(text.utf8)).reduce(Data(), +), at: .zero)
    pair.pump()
    #expect(
      pair.hostEvents.last
        == .failed(stream: stream, RequestFailure(.failed, exitCode: .badData, what: "w", why: "y")))
  }
}
