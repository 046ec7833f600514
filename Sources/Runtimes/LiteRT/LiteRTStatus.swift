// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What a status of LiteRT's means; the library has no text for it.
struct LiteRTStatus: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  let rawValue: CInt

  private static let meanings: [CInt: String] = [
    1: "invalid argument", 2: "memory can't be allocated", 3: "failure at run time", 4: "an input is missing",
    5: "not supported", 6: "not found", 7: "time ran out", 8: "wrong version", 9: "unknown failure",
    10: "it exists already", 100: "cancelled", 500: "a file can't be read or written", 501: "invalid flatbuffer",
    502: "a library can't be loaded", 503: "serialization failed", 504: "compilation failed",
    1000: "index out of bounds", 1001: "invalid type in the graph", 1002: "the graph breaks an invariant",
    1003: "the graph can't be modified", 1500: "invalid configuration of a tool",
    2000: "no operator of the accelerator matches", 2001: "the accelerator's operators are invalid",
    3000: "pattern not found", 3001: "invalid transformation", 4000: "unsupported version of the runtime",
    4001: "unsupported version of the compiler", 4002: "incompatible version of byte code",
    5000: "shape inference is not supported", 5001: "shape inference failed",
  ]

  var description: String {
    Self.meanings[rawValue].map { "\($0) (status \(rawValue))" } ?? "status \(rawValue)"
  }

  /// The exit code of a program that ends with it.
  var exitCode: ExitCode {
    switch rawValue {
    case 2, 7: .tryAgain
    case 5, 502: .unavailable
    case 500: .missingInput
    case 100: .interrupted
    default: .badData
    }
  }
}
