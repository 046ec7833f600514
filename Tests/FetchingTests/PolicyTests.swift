// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Files
import Foundation
import Galley
import Testing

@Suite struct PolicyTests {
  @Test(
    arguments: [
      ([:], false), (["GALLEY_OFFLINE": "1"], true), (["GALLEY_OFFLINE": "0"], false), (["GALLEY_OFFLINE": ""], false),
      (["HF_HUB_OFFLINE": "1"], true), (["HF_HUB_OFFLINE": "True"], true), (["HF_HUB_OFFLINE": "YES"], true),
      (["HF_HUB_OFFLINE": "maybe"], false), (["GALLEY_OFFLINE": "off", "HF_HUB_OFFLINE": "on"], true),
    ] as [([String: String], Bool)])
  func offlineIsWhatEitherVariableSays(environment: [String: String], expected: Bool) throws {
    #expect(try FetchPolicy(environment: environment).isOffline == expected)
  }

  @Test func aMistypedWordDoesNotOpenTheNetwork() {
    let error = #expect(throws: GalleyError.self) { try FetchPolicy(environment: ["GALLEY_OFFLINE": "ture"]) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.place == "GALLEY_OFFLINE")
  }

  @Test func ownAuthorityFileWins() throws {
    #expect(try FetchPolicy(environment: ["SSL_CERT_FILE": "/a"]).certificateAuthority == "/a")
    #expect(try FetchPolicy(environment: ["SSL_CERT_FILE": "/a", "GALLEY_CA_FILE": "/b"]).certificateAuthority == "/b")
    #expect(try FetchPolicy(environment: ["SSL_CERT_FILE": ""]).certificateAuthority == nil)
  }

  @Test(arguments: ["gopher://x", "http://", "http://user:secret@", "http://a b", "http://secret\n"])
  func aProxyThatIsNoneIsAnErrorThatDoesNotShowIt(value: String) {
    let error = #expect(throws: GalleyError.self) { try FetchPolicy(environment: ["https_proxy": value + "\u{1}"]) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.description.contains("secret") == false)
    #expect(error?.place == "https_proxy")
  }

  @Test func nothingSecretIsPrinted() throws {
    let policy = try FetchPolicy(environment: [
      "HF_TOKEN": "secret", "GALLEY_TOKEN_EXAMPLE_ORG": "secret", "https_proxy": "http://u:secret@proxy:1",
    ])
    var dumped = ""
    dump(policy, to: &dumped)
    #expect(!("\(policy) \(String(reflecting: policy))" + dumped).contains("secret"))
  }

  @Test(
    arguments: [
      ("example.org", "GALLEY_TOKEN_EXAMPLE_ORG"), ("my-host.example.org", "GALLEY_TOKEN_MY__HOST_EXAMPLE_ORG"),
      ("127.0.0.1", "GALLEY_TOKEN_127_0_0_1"), ("a_b.org", nil), ("[::1]", nil),
    ])
  func hostsHaveVariablesOfTheirOwn(host: String, variable: String?) {
    #expect(Credentials.variable(for: host) == variable)
  }

  @Test(
    arguments: [
      "name/with/folder", "..", "", ".", "nul\0", String(repeating: "x", count: 300),
    ])
  func aNameThatLeavesItsFolderIsRefused(name: String) async throws {
    let scene = try Scene()
    var requirement = scene.requirement([])
    requirement.name = name
    #expect(await scene.failure(requirement)?.exitCode == .configuration)
  }

  @Test(arguments: [nil, "", "1234567", "1234567G", "ABCDEF01"])
  func withoutDigitsNothingIsFetched(digits: String?) async throws {
    let scene = try Scene()
    var requirement = scene.requirement([try await scene.address("plain/-")])
    requirement.digest = nil
    requirement.digestPrefix = digits
    #expect(await scene.failure(requirement)?.exitCode == .configuration)
    #expect(await Fetcher(.quick).locate(requirement) == nil)
    #expect(try scene.requests.isEmpty)
  }

  @Test func offlineAsksNobody() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.isOffline = true
    let requirement = scene.requirement([try await scene.address("plain/-"), "/nowhere/file"])
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.exitCode == .unavailable)
    #expect(error.why.contains("offline"))
    #expect(error.remedy?.contains("GALLEY_OFFLINE=0") == true)
    #expect(try await Fetcher(policy).size(of: requirement) == nil)
    #expect(try scene.requests.isEmpty)
  }

  @Test func offlineThisMachineMayBeAskedWhereItIsAllowed() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.isOffline = true
    policy.proxies = try ProxySettings(environment: ["http_proxy": "http://192.0.2.1:3128"])
    policy.onLoopback = { $0() }
    let fetched = try await scene.fetch(scene.requirement([try await scene.address("redirect/2")]), policy)
    #expect(fetched.way == .network)
    #expect(fetched.digest == scene.digest)
  }

  @Test func offlineNoLoopbackServerSendsElsewhere() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.isOffline = true
    policy.onLoopback = { $0() }
    let away = try await scene.address("to/1") + "?u=http%3A%2F%2F192.0.2.1%2Ffile"
    for origin in [away, "http://192.0.2.1/file", "http://127.0.0.1.example/file"] {
      let error = try #require(await scene.failure(scene.requirement([origin]), policy))
      #expect(error.exitCode == .unavailable)
      #expect(error.why.contains("offline"), "\(error)")
    }
  }

  @Test func offlineTheCallerSaysWhatToDo() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.isOffline = true
    policy.offlineRemedy = { "Bring \($0.name)." }
    var requirement = scene.requirement(["https://192.0.2.1/file"])
    requirement.byteCount = scene.bytes.count
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.remedy?.hasPrefix("Bring \(scene.name).") == true)
    #expect(error.why.contains("SHA-256 \(scene.digest.hex), \(scene.bytes.count) bytes"), "\(error)")
  }

  @Test func aFolderThatCannotBeWrittenIsOneClearError() async throws {
    let scene = try Scene()
    try AtomicFile.write(Data(), to: "\(scene.folder)/out")
    let error = try #require(await scene.failure(scene.requirement([try await scene.address("plain/-")])))
    #expect(error.exitCode == .cantCreate)
    #expect(try scene.requests.isEmpty)
  }
}
