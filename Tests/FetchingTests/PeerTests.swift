// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import CCurl
import Fetching
import Foundation
import NativeLibraries
import Testing

/// What others say: Python's library, and libcurl of itself.
@Suite struct PeerTests {
  private static func python(_ program: String, _ texts: [String]) async throws -> Data {
    let input = try JSONEncoder().encode(texts)
    let child = try Child(["python3", "-c", program, String(decoding: input, as: UTF8.self)])
    let (status, output) = try await child.end()
    guard status == 0 else { throw Child.Failure(text: child.complaints) }
    return Data(output.utf8)
  }

  @Test func netrcIsReadAsPythonReadsIt() async throws {
    let texts = [
      "machine a.org login u password p\n", "machine a.org\n login u\n password \"p w\"\n",
      "# c\nmachine a.org login u password p#x\nmachine b.org login v password w",
      "macdef init\n bin\n\nmachine a.org login u password p", "default login x password y", "machine a.org login u",
      "machine a.org password p", "machine a.org login u account q password p",
      "machine a.org login \"a\\\"b\" password p\\ x", "machine a.org user u password p",
      "machine a.org login u password p machine b.org login v password w", "machine a.org login u password #p",
      "bogus x", "machine a.org login u # c\n password p", "", "\t\r\n machine\ta.org\r\n\tlogin\tu\r\n",
      "machine a.org login u password p\nmacdef m\nx\n\nmachine b.org login v password w\n",
    ]
    let program = """
      import json, netrc, os, sys, tempfile
      answers = []
      for text in json.loads(sys.argv[1]):
          with tempfile.NamedTemporaryFile("w", newline="") as file:
              file.write(text); file.flush(); os.chmod(file.name, 0o600)
              try:
                  hosts = netrc.netrc(file.name).hosts
                  answers.append({h: [l, p] for h, (l, _, p) in hosts.items() if h != "default"})
              except netrc.NetrcParseError:
                  answers.append(None)
      print(json.dumps(answers))
      """
    let answers = try JSONDecoder().decode([[String: [String]]?].self, from: try await Self.python(program, texts))
    for (text, answer) in zip(texts, answers) {
      let ours = (try? NetRC(text))?.machines.mapValues { [$0.login, $0.password] }
      #expect(ours == answer, "\(text)")
    }
  }

  @Test func relativeAddressesAreResolvedAsPythonResolvesThem() async throws {
    let references = [
      "g", "./g", "g/", "/g", "//h.org", "?y", "g?y", "#s", "g?y/./x", "g?y#s", ";x", "", "//h.org:81/x", "http://z/",
      "a b", "%41", "é", "x:y", "/a?b=http://c", "HTTPS://UP.org/Path", "..", "../g", "/../g", "g;x=1/../y",
    ]
    let program = """
      import json, sys, urllib.parse as u
      print(json.dumps([u.urljoin("http://a.org/b/c/d;p?q", r) for r in json.loads(sys.argv[1])]))
      """
    let answers = try JSONDecoder().decode([String].self, from: try await Self.python(program, references))
    let base = try WebAddress("http://a.org/b/c/d;p?q")
    for (reference, answer) in zip(references, answers) {
      // libcurl removes dots when it sends the address, so they are left out of the comparison.
      let ours = try? base.resolving(reference)
      let theirs = try? WebAddress(answer)
      #expect(ours?.host == theirs?.host, "\(reference)")
      if !reference.contains("."), !reference.contains("é") { #expect(ours == theirs, "\(reference)") }
    }
  }

  @Test func hostAndPortAreWhatPythonReads() async throws {
    let texts = [
      "http://a.org", "https://A.org:8443/x?y#z", "http://[::1]:80/", "http://[::1]/", "http://a.org:/",
      "http://a.org:0/",
      "http://a.org:65536/", "http://a.org:80:80/", "http:///x", "http://a.org\\@b.org/", "http://a.org@b.org/",
      "http://a b/", "http://a.org:8o/", "http://a?b@c", "http://a#@b", "http://[::1/", "http://.org/", "hTTp://x/",
    ]
    let program = """
      import json, sys, urllib.parse as u
      def read(text):
          try:
              p = u.urlsplit(text)
              return [p.hostname or "", p.port or {"http": 80, "https": 443}[p.scheme]]
          except ValueError:
              return None
      print(json.dumps([read(t) for t in json.loads(sys.argv[1])]))
      """
    struct Place: Decodable {
      var host: String
      var port: Int
      init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        host = try container.decode(String.self)
        port = try container.decode(Int.self)
      }
    }
    let answers = try JSONDecoder().decode([Place?].self, from: try await Self.python(program, texts))
    var understood = 0
    for (text, answer) in zip(texts, answers) {
      // What is read at all is read alike; anything doubtful may be refused.
      guard let ours = try? WebAddress(text) else { continue }
      understood += 1
      let host = ours.host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
      #expect(host == answer?.host, "\(text)")
      #expect(ours.port == answer?.port, "\(text)")
    }
    #expect(understood == 7)
  }

  @Test func damagedAddressesAndPasswordFilesAreHarmless() {
    var generator = SystemSeededGenerator(state: 7)
    let texts = [
      "https://a.org:443/x%41?y#z", "http://[::1]:80/../a", "machine a login \"b\\\" c\" password d\nmacdef x\n\n",
    ]
    for round in 0..<3000 {
      var bytes = Array(texts[round % texts.count].utf8)
      for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.removeSubrange(place...)
        default: bytes.insert(Array("@:/\\\"#[]%?\n".utf8).randomElement(using: &generator) ?? 0, at: place)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      if let address = try? WebAddress(text) {
        #expect((try? WebAddress(address.text)) == address)
        #expect(address.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        _ = try? address.resolving(String(text.suffix(9)))
      }
      _ = try? NetRC(text)
    }
  }

  @Test func optionsHaveTheNumbersThatTheLibrarySays() throws {
    let library = try DynamicLibrary.open("libcurl.so.4")
    typealias Find = @convention(c) (UnsafePointer<CChar>) -> UnsafeRawPointer?
    let find = unsafeBitCast(try library.symbol("curl_easy_option_by_name"), to: Find.self)
    let options = [
      "NOPROGRESS": GALLEY_CURL_NOPROGRESS, "NOBODY": GALLEY_CURL_NOBODY,
      "FOLLOWLOCATION": GALLEY_CURL_FOLLOWLOCATION, "BUFFERSIZE": GALLEY_CURL_BUFFERSIZE,
      "NOSIGNAL": GALLEY_CURL_NOSIGNAL, "CONNECTTIMEOUT_MS": GALLEY_CURL_CONNECTTIMEOUT_MS,
      "PROTOCOLS": GALLEY_CURL_PROTOCOLS, "TCP_KEEPALIVE": GALLEY_CURL_TCP_KEEPALIVE,
      "SUPPRESS_CONNECT_HEADERS": GALLEY_CURL_SUPPRESS_CONNECT_HEADERS, "WRITEDATA": GALLEY_CURL_WRITEDATA,
      "URL": GALLEY_CURL_URL, "PROXY": GALLEY_CURL_PROXY, "ERRORBUFFER": GALLEY_CURL_ERRORBUFFER,
      "USERAGENT": GALLEY_CURL_USERAGENT, "HTTPHEADER": GALLEY_CURL_HTTPHEADER,
      "HEADERDATA": GALLEY_CURL_HEADERDATA, "XFERINFODATA": GALLEY_CURL_XFERINFODATA, "CAINFO": GALLEY_CURL_CAINFO,
      "ACCEPT_ENCODING": GALLEY_CURL_ACCEPT_ENCODING, "NOPROXY": GALLEY_CURL_NOPROXY,
      "PROXY_CAINFO": GALLEY_CURL_PROXY_CAINFO, "WRITEFUNCTION": GALLEY_CURL_WRITEFUNCTION,
      "HEADERFUNCTION": GALLEY_CURL_HEADERFUNCTION, "XFERINFOFUNCTION": GALLEY_CURL_XFERINFOFUNCTION,
    ]
    for (name, number) in options {
      // struct curl_easyoption { const char *name; CURLoption id; … }
      let found = try #require(find(name), "\(name)")
      #expect(found.load(fromByteOffset: MemoryLayout<UInt>.stride, as: CInt.self) == CInt(number), "\(name)")
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
private struct SystemSeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
