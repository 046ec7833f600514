// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Who says what a model expects.
public struct Origin: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The kinds of sources, the one that is believed first at the top.
  public enum Source: String, Sendable, Hashable, Codable, CaseIterable {
    /// An option of the command line.
    case option
    /// A card beside the model, or in it.
    case card
    /// Metadata of OpenVINO's ModelAPI.
    case modelAPI
    /// Metadata of Ultralytics' exporter.
    case ultralytics
    /// TensorFlow Lite's metadata.
    case tfliteMetadata
    /// Nobody: the value follows from the model itself.
    case model
  }

  /// The kind of source.
  public var source: Source
  /// The source in words, with the file or key: `--labels birds.txt`, `ModelAPI's key labels`.
  public var detail: String

  /// Creates an origin.
  public init(_ source: Source, _ detail: String) {
    self.source = source
    self.detail = detail
  }

  public var description: String { detail }
}

/// One value with who says it.
public struct Claim<Value: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
  /// The value.
  public var value: Value
  /// Who says it.
  public var origin: Origin

  /// Creates a claim.
  public init(_ value: Value, _ origin: Origin) {
    self.value = value
    self.origin = origin
  }

  /// Creates a claim from the kind of source and its words.
  public init(_ value: Value, _ source: Origin.Source, _ detail: String) {
    self.init(value, Origin(source, detail))
  }
}

/// A value with its origin, or the reason why it is unknown; it is never a guess.
public struct Expected<Value: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
  /// The claim that is believed; `nil` if nobody made one that can be used.
  public var claim: Claim<Value>?
  /// Claims of other values, which lost.
  public var overruled: [Claim<Value>]
  /// Why the value is unknown; `nil` if it is known.
  public var reason: String?

  /// The value, if it is known.
  public var value: Value? { claim?.value }
  /// Who says it, if it is known.
  public var origin: Origin? { claim?.origin }

  /// The first of several claims, in the order in which they are believed.
  /// - Parameter reason: why the value is unknown if there are none.
  public init(_ claims: [Claim<Value>], otherwise reason: String) {
    claim = claims.first
    overruled = claims.dropFirst().filter { $0.value != claims.first?.value }
    self.reason = claims.isEmpty ? reason : nil
  }
}
