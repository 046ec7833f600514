// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import HTTPTypes

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

  let routes: [Route]
  private let bySegmentCount: [Int: [(segments: [Substring], route: Route)]]

  init(_ routes: [Route]) {
    self.routes = routes
    bySegmentCount = Dictionary(grouping: routes.map { (Route.segments(of: $0.path), $0) }) { $0.0.count }
      .mapValues { $0.map { (segments: $0.0, route: $0.1) } }
  }

  /// The route of a request; `HEAD` is answered as `GET` is.
  func match(_ method: HTTPRequest.Method, _ path: Substring) -> Match {
    let segments = Route.segments(of: path)
    let fitting = (bySegmentCount[segments.count] ?? []).filter { Self.fits($0.segments, segments) }
    // A path without parameters is meant before one with them.
    let fewest = fitting.map(\.route.pathParameters.count).min() ?? 0
    let candidates = fitting.filter { $0.route.pathParameters.count == fewest }
    guard !candidates.isEmpty else { return .unknown }
    let wanted = method == .head ? .get : method
    guard let (pattern, route) = candidates.first(where: { $0.route.method == wanted }) else {
      let methods = candidates.map(\.route.method)
      return .otherMethod(methods.contains(.get) ? methods + [.head] : methods)
    }
    var parameters: [String: String] = [:]
    for (pattern, segment) in zip(pattern, segments) {
      guard let name = Route.parameter(pattern) else { continue }
      guard let text = PercentCoding.decode(segment) else { return .unreadable(String(segment)) }
      parameters[name] = text
    }
    return .found(route, parameters: parameters)
  }

  private static func fits(_ pattern: [Substring], _ segments: [Substring]) -> Bool {
    zip(pattern, segments).allSatisfy { pattern, segment in
      Route.parameter(pattern) == nil ? pattern.utf8.elementsEqual(segment.utf8) : !segment.isEmpty
    }
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
