// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Why something that a host asked for didn't happen, for programs and for people.
public struct RequestFailure: Error, Sendable, Hashable, Codable {
  /// The kinds of failures; one that a reader doesn't know reads as `failed`.
  public enum Code: String, Sendable, Hashable, CaseIterable, Codable {
    /// The host cancelled it.
    case cancelled
    /// It took longer than the host wanted to wait.
    case deadline
    /// The agent has no such method.
    case unknownMethod = "unknown-method"
    /// The parameters don't fit the method.
    case badParameters = "bad-parameters"
    /// A path on the device that isn't the name of a blob.
    case badPath = "bad-path"
    /// The host doesn't have the machine.
    case noTurn = "no-turn"
    /// There is no such measuring process.
    case noWorker = "no-worker"
    /// The measuring process ended: the model crashed its runtime, or the process needed more than it may have.
    case workerEnded = "worker-ended"
    /// The blob isn't there.
    case absent
    /// The bytes that arrived have another digest; they were thrown away.
    case digest
    /// The device's room for blobs is full, or a blob is too large.
    case quota
    /// The agent takes nothing new: it is ending, or too much is on its way.
    case busy
    /// The method failed; the other members say why.
    case failed

    public init(from decoder: any Decoder) throws {
      self = Code(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .failed
    }
  }

  /// The kind.
  public var code: Code
  /// The exit code of a program that ends with this failure.
  public var exitCode: ExitCode
  /// What failed, as a clause.
  public var what: String
  /// Where.
  public var place: String?
  /// The reason.
  public var why: String
  /// What to do.
  public var remedy: String?

  /// Describes a failure.
  public init(
    _ code: Code, exitCode: ExitCode, what: String, at place: String? = nil, why: String, remedy: String? = nil
  ) {
    self.code = code
    self.exitCode = exitCode
    self.what = what
    self.place = place
    self.why = why
    self.remedy = remedy
  }

  /// Carries an error for a person.
  public init(_ error: GalleyError, code: Code = .failed) {
    self.init(code, exitCode: error.exitCode, what: error.what, at: error.place, why: error.why, remedy: error.remedy)
  }

  /// The same for a person; each text is the other side's own, and shown on one line.
  public var galleyError: GalleyError {
    GalleyError(
      exitCode, what.onOneLine, at: place?.onOneLine, why: why.onOneLine, remedy: remedy?.onOneLine)
  }

  /// Cut to what a frame holds.
  var bounded: RequestFailure {
    // JSON writes a byte as six at worst; four texts then fit.
    func cut(_ text: String) -> String {
      text.utf8.count <= 2048 ? text : String(decoding: text.utf8.prefix(2040), as: UTF8.self) + " …"
    }
    return RequestFailure(
      code, exitCode: exitCode, what: cut(what), at: place.map(cut), why: cut(why), remedy: remedy.map(cut))
  }
}
