// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bundles
internal import Files
internal import Foundation
internal import Galley

/// Keys that sign bundles.
struct OfflineKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make and show keys that sign bundles.",
    discussion: """
      Examples:
        galley offline key new site.key       writes site.key, for you alone, and site.key.pub, to be given away
        galley offline key show site.key.pub

      Keys are Ed25519, in the form that openssl reads and writes: openssl pkey -in site.key -pubout
      """,
    subcommands: [OfflineKeyNewCommand.self, OfflineKeyShowCommand.self])
}

private struct KeyDocument: Encodable {
  var id: Digest
  var publicKey: String
  var privateFile: String?
  var publicFile: String?
}

/// Makes a key.
struct OfflineKeyNewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a key: the private one in FILE, which only you may read, the public one in FILE.pub.",
    discussion: """
      A file that is there is never overwritten. The private key is printed nowhere; keep FILE off the machines where
      bundles are imported.

      Exit codes: 0 done · 73 a file is there already or can't be written.
      """)

  @Argument(help: "The private key's file.", completion: .file())
  var file: String

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let key = SigningKey()
    let publicFile = "\(file).pub"
    guard !FileManager.default.fileExists(atPath: publicFile) else {
      throw GalleyError(
        .cantCreate, "can't write the public key", at: publicFile, why: "there is such a file already",
        remedy: "Choose another name: a key is never overwritten.")
    }
    try key.write(to: file)
    do {
      try key.verifyingKey.write(to: publicFile)
    } catch {
      try? FileManager.default.removeItem(atPath: file)
      throw error
    }
    let shared = key.verifyingKey
    try console.result(
      json: KeyDocument(id: shared.id, publicKey: shared.pem, privateFile: file, publicFile: publicFile))
    console.result("\(shared.id.hex)  \(publicFile)")
    console.note(
      """
      \(file) signs: keep it to yourself. \(publicFile) is for those who check; where bundles are imported:
        galley offline trust add \(publicFile)
      """)
  }
}

/// Shows a key.
struct OfflineKeyShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show the digest and the public part of a key.",
    discussion: """
      FILE may hold a private or a public key; only the public part is printed.

      Exit codes: 0 done · 65 it is no Ed25519 key · 66 it can't be read.
      """)

  @Argument(help: "The key's file.", completion: .file())
  var file: String

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let key: VerifyingKey
    do throws(GalleyError) {
      key = try VerifyingKey(contentsOf: file)
    } catch {
      // What isn't a public key may be a private one; if it is neither, the first complaint is the better one.
      guard let signing = try? SigningKey(contentsOf: file) else { throw error }
      key = signing.verifyingKey
    }
    try console.result(json: KeyDocument(id: key.id, publicKey: key.pem))
    console.result("\(key.id.hex)\n\(key.pem.trimmingCharacters(in: .newlines))")
  }
}
