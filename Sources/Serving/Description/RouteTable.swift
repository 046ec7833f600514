// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import HTTPTypes

/// The path of a route, read once.
struct PathPattern: Sendable {
  enum Segment: Sendable {
    case literal(String)
    case parameter(String)
  }

  let segments: [Segment]
  /// The names of the parameters, in their order.
  let parameters: [String]

  /// - Parameter path: The path, with `{name}` for parameters.
  init(_ path: String) {
    segments = Self.split(path).map { segment in
      segment.hasPrefix("{") && segment.hasSuffix("}")
        ? .parameter(String(segment.dropFirst().dropLast())) : .literal(String(segment))
    }
    parameters = segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
  }

  func fits(_ path: [Substring]) -> Bool {
    guard path.count == segments.count else { return false }
    return zip(segments, path).allSatisfy { pattern, segment in
      switch pattern {
      case .literal(let text): text.utf8.elementsEqual(segment.utf8)
      case .parameter: !segment.isEmpty
      }
    }
  }

  static func split(_ path: some StringProtocol) -> [Substring] {
    Substring(path).split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { $0 }
  }
}

/// The routes, found by path and method.
struct RouteTable: Sendable {
  enum Match: Sendable {
    case found(Route, parameters: [String: String])
    /// The path is known, the method isn't; with those that are.
    case otherMethod([HTTPRequest.Method])
    case unknown
    /// A segment is no text.
    case unreadable(String)
  }

  /// Routes of one path.
  private struct Place: Sendable {
    var pattern: PathPattern
    var routes: [Route]
  }

  /// Places by how many segments their paths have; those with fewer parameters come first, as they are meant before
  /// others.
  private let places: [Int: [Place]]

  init(_ routes: [Route]) {
    let byPath = Dictionary(grouping: routes, by: \.path).sorted { $0.key < $1.key }
      .map { Place(pattern: PathPattern($0.key), routes: $0.value) }
    places = Dictionary(grouping: byPath) { $0.pattern.segments.count }
      .mapValues { $0.sorted { $0.pattern.parameters.count < $1.pattern.parameters.count } }
  }

  /// The route of a request; `HEAD` is answered as `GET` is.
  func match(_ method: HTTPRequest.Method, _ path: Substring) -> Match {
    let segments = PathPattern.split(path)
    guard let place = places[segments.count]?.first(where: { $0.pattern.fits(segments) }) else { return .unknown }
    let wanted = method == .head ? .get : method
    guard let route = place.routes.first(where: { $0.method == wanted }) else {
      let methods = place.routes.map(\.method)
      return .otherMethod(methods.contains(.get) ? methods + [.head] : methods)
    }
    var parameters: [String: String] = [:]
    for case (.parameter(let name), let segment) in zip(place.pattern.segments, segments) {
      guard let text = PercentCoding.decode(segment) else { return .unreadable(String(segment)) }
      parameters[name] = text
    }
    return .found(route, parameters: parameters)
  }
}

/// Percent-encoding (RFC 3986).
enum PercentCoding {
  /// The text that is meant; `nil` if an escape is broken or the bytes aren't UTF-8.
  static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
    var bytes: [UInt8] = []
    var input = text.utf8.makeIterator()
    while let byte = input.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = input.next().flatMap(digit), let low = input.next().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Encodes all but what is unreserved.
  static func encode(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        result += "%"
        for half in [byte >> 4, byte & 15] {
          result.unicodeScalars.append(Unicode.Scalar(half < 10 ? 0x30 + half : 0x37 + half))
        }
      }
    }
    return result
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
