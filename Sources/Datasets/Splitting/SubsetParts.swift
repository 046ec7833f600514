// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// How large each subset shall be.
public struct SubsetParts: Sendable, Hashable, Codable {
  /// Part of the items for training, from 0 to 1.
  public var train: Double
  /// Part for choosing.
  public var validation: Double
  /// Part for the reported figures.
  public var test: Double

  /// Creates parts.
  /// - Throws: `GalleyError` if one is negative or they don't add up to 1.
  public init(train: Double = 0.6, validation: Double = 0.2, test: Double = 0.2) throws(GalleyError) {
    guard min(train, validation, test) >= 0, abs(train + validation + test - 1) < 1e-9 else {
      throw GalleyError(
        .configuration, "can't split the data", at: "split", why: "\(train) + \(validation) + \(test) is not 1",
        remedy: "Let train, validation and test add up to 1.")
    }
    self.train = train
    self.validation = validation
    self.test = test
  }

  /// The subsets with their parts, the empty ones left out.
  var wanted: [(Subset, Double)] {
    [(.train, train), (.validation, validation), (.test, test)].filter { $0.1 > 0 }
  }
}
