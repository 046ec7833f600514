// swift-tools-version: 6.2
// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// A package of its own, so that the C peers are no part of Galley.

import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "galley-benchmarks",
  dependencies: [.package(name: "galley", path: "..")],
  targets: [
    .target(
      name: "CPeer", dependencies: [.product(name: "GalleyMeasuring", package: "galley")],
      cSettings: [.define("NDEBUG")]),
    // How figures are compared and printed.
    .target(
      name: "Comparisons", dependencies: [.product(name: "GalleyMeasuring", package: "galley")], swiftSettings: strict),
    .executableTarget(
      name: "agent-bench", dependencies: ["Comparisons", .product(name: "GalleyTargets", package: "galley")],
      swiftSettings: strict),
    .executableTarget(
      name: "bench",
      dependencies: [
        "CPeer", "Comparisons", .product(name: "GalleyMeasuring", package: "galley"),
        .product(name: "GalleyRecipes", package: "galley"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "train-bench",
      dependencies: [
        .product(name: "GalleyArchitectures", package: "galley"), .product(name: "GalleyData", package: "galley"),
        .product(name: "GalleyTorch", package: "galley"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "data-bench", dependencies: [.product(name: "GalleyData", package: "galley")], swiftSettings: strict),
    .executableTarget(
      name: "image-bench", dependencies: [.product(name: "GalleyData", package: "galley")], swiftSettings: strict),
    .executableTarget(
      name: "golden-bench", dependencies: [.product(name: "GalleyGolden", package: "galley")], swiftSettings: strict),
    .executableTarget(
      name: "closure-bench",
      dependencies: [
        .product(name: "GalleyOffline", package: "galley"), .product(name: "GalleyRecipes", package: "galley"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "bundle-bench",
      dependencies: [
        .product(name: "GalleyBundles", package: "galley"), .product(name: "GalleyMeasuring", package: "galley"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "exchange-bench",
      dependencies: [
        .product(name: "GalleyMeasuring", package: "galley"), .product(name: "GalleyOffline", package: "galley"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "platform-bench", dependencies: [.product(name: "GalleyPlatform", package: "galley")],
      swiftSettings: strict),
    .executableTarget(
      name: "adapter-bench", dependencies: [.product(name: "GalleyAdapters", package: "galley")],
      swiftSettings: strict),
    .executableTarget(
      name: "serving-bench",
      dependencies: [
        .product(name: "GalleyPlatform", package: "galley"), .product(name: "GalleyServing", package: "galley"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "pareto-bench", dependencies: [.product(name: "GalleyMeasuring", package: "galley")], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
