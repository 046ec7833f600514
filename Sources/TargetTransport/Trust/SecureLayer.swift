// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import NIOCore
internal import NIOSSL

/// TLS 1.3 as the protocol wants it: one application protocol; of certificates, only digest and dates count.
struct SecureLayer: Sendable {
  static let applicationProtocol = "galley/1"

  private let context: NIOSSLContext

  /// For an agent: a host need not show a certificate.
  init(agent identity: Identity) throws(GalleyError) {
    try self.init { () throws in
      let (certificate, key) = try Self.sources(identity)
      var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: [certificate], privateKey: key)
      configuration.certificateVerification = .optionalVerification
      return configuration
    }
  }

  /// For a host: an agent must show one.
  init(host identity: Identity?) throws(GalleyError) {
    try self.init { () throws in
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.certificateVerification = .noHostnameVerification
      if let identity {
        let (certificate, key) = try Self.sources(identity)
        (configuration.certificateChain, configuration.privateKey) = ([certificate], key)
      }
      return configuration
    }
  }

  private init(_ base: () throws -> TLSConfiguration) throws(GalleyError) {
    do {
      var configuration = try base()
      (configuration.minimumTLSVersion, configuration.maximumTLSVersion) = (.tlsv13, .tlsv13)
      configuration.applicationProtocols = [Self.applicationProtocol]
      configuration.renegotiationSupport = .none
      // The system's roots have no say, and reading them takes time.
      configuration.trustRoots = .certificates([])
      configuration.verifySignatureAlgorithms = [
        .ed25519, .ecdsaSecp256R1Sha256, .ecdsaSecp384R1Sha384, .rsaPssRsaeSha256, .rsaPssRsaeSha384,
        .rsaPssRsaeSha512,
      ]
      configuration.shutdownTimeout = .seconds(1)
      context = try NIOSSLContext(configuration: configuration)
    } catch {
      throw GalleyError(.software, "can't prepare TLS", why: "\(error)")
    }
  }

  private static func sources(
    _ identity: Identity
  ) throws -> (certificate: NIOSSLCertificateSource, key: NIOSSLPrivateKeySource) {
    let certificate = try NIOSSLCertificate(bytes: Array(identity.certificate), format: .der)
    let key = try NIOSSLPrivateKey(bytes: Array(identity.key.utf8), format: .pem)
    return (.certificate(certificate), .privateKey(key))
  }

  /// The handler of one connection of an agent.
  func agentHandler(_ check: CertificateCheck) -> NIOSSLServerHandler {
    NIOSSLServerHandler(context: context) { chain, verdict in
      verdict.succeed(chain.first.map { check.admits($0) } ?? false ? .certificateVerified : .failed)
    }
  }

  /// The handler of one connection of a host.
  func hostHandler(_ check: CertificateCheck) throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(context: context, serverHostname: nil) { chain, verdict in
      verdict.succeed(chain.first.map { check.admits($0) } ?? false ? .certificateVerified : .failed)
    }
  }
}
