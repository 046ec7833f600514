// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Fetching
import Files
import Foundation
import Galley
import Testing

/// Who learns a credential, which certificates and which redirections are trusted.
@Suite struct SecrecyTests {
  private func policy(_ environment: [String: String], home: String? = nil) throws -> FetchPolicy {
    var policy = try FetchPolicy(environment: environment, home: home)
    policy.firstPause = .milliseconds(1)
    policy.caches = []
    return policy
  }

  private func netrc(_ scene: Scene, _ text: String, mode: mode_t = 0o600) throws -> String {
    let path = "\(scene.folder)/netrc"
    try AtomicFile.write(Data(text.utf8), to: path)
    #expect(chmod(path, mode) == 0)
    return path
  }

  @Test func aTokenFromTheEnvironmentIsSent() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("auth/Bearer%20sesame")])
    let policy = try policy(["GALLEY_TOKEN_127_0_0_1": " sesame\n"])
    #expect(try await scene.fetch(requirement, policy).digest == scene.digest)
  }

  @Test func aPasswordFromNetrcIsSent() async throws {
    let scene = try Scene()
    let secret = Data("cook:open sesame".utf8).base64EncodedString().replacingOccurrences(of: "=", with: "%3D")
    let requirement = scene.requirement([try await scene.address("auth/Basic%20\(secret)")])
    let file = try netrc(scene, "default login x password y\nmachine 127.0.0.1 login cook password \"open sesame\"\n")
    #expect(try await scene.fetch(requirement, policy(["NETRC": file])).digest == scene.digest)
  }

  @Test func aPasswordThatOthersMayReadIsNotUsed() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("auth/x")])
    let file = try netrc(scene, "machine 127.0.0.1 login cook password secret", mode: 0o644)
    let error = try #require(await scene.failure(requirement, try policy(["NETRC": file])))
    #expect(error.why.contains("chmod 600 \(file)"))
    #expect(!error.description.contains("secret"))
    #expect(try scene.requests.allSatisfy { $0.headers["authorization"] == nil })
  }

  @Test(
    arguments: [
      ("machine 127.0.0.1 login cook", "machine", true), ("machine other.org login cook password secret", "", false),
      ("default login cook password secret", "", false), ("nonsense secret", "line 1", false),
      ("machine 127.0.0.1 login \"a:b\" password secret", "character that can't be sent", false),
    ])
  func otherNetrcFiles(text: String, words: String, isSent: Bool) async throws {
    let scene = try Scene()
    let file = try netrc(scene, text)
    let requirement = scene.requirement([try await scene.address("auth/x")])
    let error = try #require(await scene.failure(requirement, try policy(["NETRC": file])))
    #expect(error.why.contains("HTTP 401"))
    #expect(!error.description.contains("secret"))
    #expect(words.isEmpty || isSent || error.why.contains(words))
    #expect(try scene.requests.contains { $0.headers["authorization"] != nil } == isSent)
    #expect(error.remedy?.contains("GALLEY_TOKEN_127_0_0_1") == true)
  }

  @Test func aRefusedTokenIsNotShown() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("auth/Bearer%20other")])
    let error = try #require(await scene.failure(requirement, try policy(["GALLEY_TOKEN_127_0_0_1": "sesame"])))
    #expect(error.why.contains("it did not accept the credential"))
    #expect(!error.description.contains("sesame"))
    #expect(try scene.requests.count == 1)
  }

  @Test func aTokenThatWouldAddAHeaderIsNotSent() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("auth/x")])
    let policy = try policy(["GALLEY_TOKEN_127_0_0_1": "a\r\nX-Injected: secret"])
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.why.contains("GALLEY_TOKEN_127_0_0_1"))
    #expect(!error.description.contains("secret"))
    #expect(try scene.requests.allSatisfy { $0.headers["x-injected"] == nil })
  }

  @Test func aCredentialDoesNotFollowToAnotherHostNorComeBack() async throws {
    let scene = try Scene()
    let last = try await scene.address("plain/-")
    let between = try await scene.address("to/2", host: "localhost") + "?u=\(last)"
    let first = try await scene.address("to/1") + "?u=" + Self.escaped(between)
    let policy = try policy(["GALLEY_TOKEN_127_0_0_1": "sesame", "GALLEY_TOKEN_LOCALHOST": "other"])
    let fetched = try await scene.fetch(scene.requirement([first]), policy)
    #expect(fetched.digest == scene.digest)
    #expect(!fetched.origin.contains("u="))
    #expect(try scene.requests.map { $0.headers["authorization"] } == ["Bearer sesame", nil, nil])
  }

  @Test func aCredentialFollowsOnTheSameHost() async throws {
    let scene = try Scene()
    let first = try await scene.address("redirect/3")
    _ = try await scene.fetch(scene.requirement([first]), try policy(["GALLEY_TOKEN_127_0_0_1": "sesame"]))
    #expect(try scene.requests.count == 4)
    #expect(try scene.requests.allSatisfy { $0.headers["authorization"] == "Bearer sesame" })
  }

  @Test func anAddressWithAPasswordIsRefusedWithoutShowingIt() async throws {
    let scene = try Scene()
    let address = try await scene.address("plain/-").replacingOccurrences(of: "http://", with: "http://cook:secret@")
    let error = try #require(await scene.failure(scene.requirement([address])))
    #expect(!error.description.contains("secret"))
    #expect(error.why.contains("~/.netrc"))
    #expect(try scene.requests.isEmpty)
  }

  @Test(arguments: [
    "ftp://127.0.0.1/x", "file:///etc/passwd", "http://user:secret@127.0.0.1/", "http://", "https://a b/",
  ])
  func aRedirectionToElsewhereIsRefused(target: String) async throws {
    let scene = try Scene()
    let address = try await scene.address("to/1") + "?u=" + Self.escaped(target)
    let error = try #require(await scene.failure(scene.requirement([address])))
    #expect(error.why.contains("it redirects"))
    #expect(!error.description.contains("secret"))
    #expect(try scene.requests.count == 1)
  }

  @Test func redirectionsHaveAnEnd() async throws {
    let scene = try Scene()
    let error = try #require(await scene.failure(scene.requirement([try await scene.address("redirect/11")])))
    #expect(error.why.contains("more than 10 times"))
    #expect(try scene.requests.count == 11)
    let other = try Scene(seed: 5)
    #expect(try await other.fetch(other.requirement([try await other.address("redirect/10")])).digest == other.digest)
  }

  @Test func fromHTTPSToHTTPIsRefusedAndTheOtherWayAllowed() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.certificateAuthority = try await TestServers.authorityFile()
    let (plain, secure) = (try await scene.address("plain/-"), try await scene.secureAddress("plain/-"))
    let down = try await scene.secureAddress("to/1") + "?u=\(plain)"
    let error = try #require(await scene.failure(scene.requirement([down]), policy))
    #expect(error.why.contains("from https to http"))
    let up = try await scene.address("to/1") + "?u=\(secure)"
    #expect(try await scene.fetch(scene.requirement([up]), policy).digest == scene.digest)
  }

  @Test func aPrivateAuthorityIsTrustedWhenItIsNamed() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.secureAddress("plain/-")])
    let error = try #require(await scene.failure(requirement))
    #expect(error.exitCode == .unavailable)
    #expect(error.why.contains("its certificate is not trusted"))
    #expect(error.remedy?.contains("GALLEY_CA_FILE") == true)
    #expect(try scene.requests.isEmpty)
    let policy = try policy(["GALLEY_CA_FILE": try await TestServers.authorityFile()])
    #expect(try await scene.fetch(requirement, policy).digest == scene.digest)
  }

  @Test func aCertificateForAnotherNameIsNotTrusted() async throws {
    let scene = try Scene()
    var policy = FetchPolicy.quick
    policy.certificateAuthority = try await TestServers.authorityFile()
    let requirement = scene.requirement([try await scene.secureAddress("plain/-", host: "127.0.0.1")])
    #expect(try #require(await scene.failure(requirement, policy)).why.contains("its certificate is not trusted"))
  }

  @Test(arguments: [nil, "no certificate"])
  func anAuthorityFileThatIsNoneIsNamed(text: String?) async throws {
    let scene = try Scene()
    let file = "\(scene.folder)/ca.pem"
    if let text { try AtomicFile.write(Data(text.utf8), to: file) }
    var policy = FetchPolicy.quick
    policy.certificateAuthority = file
    let requirement = scene.requirement([try await scene.secureAddress("plain/-")])
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.exitCode == .configuration)
    #expect(error.place == file)
  }

  @Test(arguments: ["http", "https"])
  func aProxyIsUsed(scheme: String) async throws {
    let scene = try Scene()
    let proxy = try await TestServers.proxy(secret: "cook:sesame")
    var policy = try policy(["all_proxy": "http://cook:sesame@127.0.0.1:\(proxy.port)"])
    policy.certificateAuthority = try await TestServers.authorityFile()
    // Only the proxy knows this name.
    let plain = try await scene.address("truncateonce/100000", host: "model.test")
    let secure = try await scene.secureAddress("truncateonce/100000", host: "model.test")
    let fetched = try await scene.fetch(scene.requirement([scheme == "http" ? plain : secure]), policy)
    #expect(fetched.digest == scene.digest)
    let log = try String(contentsOfFile: proxy.log, encoding: .utf8)
    #expect(log.contains(scheme == "http" ? "GET http://model.test:" : "CONNECT model.test:"))
    #expect(!log.contains("Authorization: Bearer"))
  }

  @Test func aTokenForTheServerIsHiddenFromTheTunnelsProxy() async throws {
    let scene = try Scene()
    let proxy = try await TestServers.proxy()
    var policy = try policy([
      "HTTPS_PROXY": "127.0.0.1:\(proxy.port)", "GALLEY_TOKEN_MODEL_TEST": "sesame",
    ])
    policy.certificateAuthority = try await TestServers.authorityFile()
    let address = try await scene.secureAddress("auth/Bearer%20sesame", host: "model.test")
    #expect(try await scene.fetch(scene.requirement([address]), policy).digest == scene.digest)
    #expect(try !String(contentsOfFile: proxy.log, encoding: .utf8).contains("sesame"))
  }

  @Test func aTokenIsNotSentInTheClear() async throws {
    let scene = try Scene()
    let proxy = try await TestServers.proxy()
    let policy = try policy(["http_proxy": "127.0.0.1:\(proxy.port)", "GALLEY_TOKEN_MODEL_TEST": "sesame"])
    let requirement = scene.requirement([try await scene.address("auth/x", host: "model.test")])
    let error = try #require(await scene.failure(requirement, policy))
    #expect(error.why.contains("was not sent, because the address is not https"))
    #expect(try !String(contentsOfFile: proxy.log, encoding: .utf8).contains("sesame"))
  }

  @Test(arguments: ["http", "https"])
  func aProxyThatWantsAPasswordIsTheReason(scheme: String) async throws {
    let scene = try Scene()
    let proxy = try await TestServers.proxy(secret: "cook:sesame")
    let policy = try policy(["all_proxy": "http://cook:wrongsecret@127.0.0.1:\(proxy.port)"])
    let (plain, secure) = (try await scene.address("plain/-"), try await scene.secureAddress("plain/-"))
    let error = try #require(await scene.failure(scene.requirement([scheme == "http" ? plain : secure]), policy))
    #expect(error.why.contains("HTTP 407"))
    #expect(!error.description.contains("wrongsecret"))
  }

  @Test func excludedHostsAreAskedDirectly() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("plain/-")])
    for exceptions in ["127.0.0.1", "other.org, 127.0.0.1", "*", "127.0.0.0/8"] {
      let policy = try policy(["http_proxy": "http://127.0.0.1:1", "no_proxy": exceptions])
      #expect(try await Fetcher(policy).size(of: requirement) == scene.bytes.count, "\(exceptions)")
    }
    let error = try #require(await scene.failure(requirement, try policy(["http_proxy": "http://127.0.0.1:1"])))
    #expect(error.exitCode == .unavailable)
  }

  @Test func upperCaseCountsLessThanLowerCaseAndNotUnderAWebServer() async throws {
    let scene = try Scene()
    let requirement = scene.requirement([try await scene.address("plain/-")])
    let dead = "http://127.0.0.1:1"
    let exempt = try policy(["HTTP_PROXY": dead, "http_proxy": ""])
    #expect(try await Fetcher(exempt).size(of: requirement) != nil)
    #expect(try await Fetcher(try policy(["HTTP_PROXY": dead])).size(of: requirement) == nil)
    let cgi = try policy(["HTTP_PROXY": dead, "REQUEST_METHOD": "GET"])
    #expect(try await Fetcher(cgi).size(of: requirement) != nil)
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { "%" + String(Int($0) + 0x100, radix: 16).suffix(2) }.joined()
  }
}
