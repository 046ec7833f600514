// swift-tools-version: 6.2
// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// A room is a target. A room may use only rooms on floors below its own; Tests/ArchitectureTests enforces it.

import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

func room(
  _ name: String, uses dependencies: [Target.Dependency] = [], excluding files: [String] = [],
  embedding resources: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: files, resources: resources.map { .embedInCode($0) },
    swiftSettings: strict)
}

func binding(_ name: String) -> Target {
  .target(name: name)
}

func tests(_ name: String, uses dependencies: [Target.Dependency], excluding files: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: files, swiftSettings: strict)
}

/// A small program that tests start as a child process.
func fixture(_ name: String, in folder: String, uses dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, path: "Tests/\(folder)", swiftSettings: strict)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
// swift-metrics, which Hummingbird uses, has a target of the name of our room Metrics.
let hummingbird = Target.Dependency.product(
  name: "Hummingbird", package: "hummingbird", moduleAliases: ["Metrics": "SwiftMetrics"])
let serverParts: [Target.Dependency] = [
  hummingbird, .product(name: "HummingbirdCore", package: "hummingbird"),
  .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Logging", package: "swift-log"),
  .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
]
let transportParts: [Target.Dependency] = [
  crypto, .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
  .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
  .product(name: "X509", package: "swift-certificates"),
  .product(name: "SwiftASN1", package: "swift-asn1"),
]
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// The modules of Python that lie in the program; Sources/Workers/Embedded/embed.py writes the list.
let pythonModules = [
  "compatible.dtlpy",
  "compatible.dtlpy.dl_adapter",
  "compatible.dtlpy.dl_annotations",
  "compatible.dtlpy.dl_cloud",
  "compatible.dtlpy.dl_contours",
  "compatible.dtlpy.dl_converter",
  "compatible.dtlpy.dl_definitions",
  "compatible.dtlpy.dl_entities",
  "compatible.dtlpy.dl_enums",
  "compatible.dtlpy.dl_filters",
  "compatible.dtlpy.dl_generator",
  "compatible.dtlpy.exceptions",
  "galley.__init__",
  "galley.adapter",
  "galley.adapter_methods",
  "galley.annotations",
  "galley.cards",
  "galley.dataloop",
  "galley.dataloop_entities",
  "galley.errors",
  "galley.hosting",
  "galley.image",
  "galley.ingredient_methods",
  "galley.ingredients",
  "galley.interruption",
  "galley.loading",
  "galley.memory",
  "galley.options",
  "galley.scratch",
  "galley.serving",
  "galley.streams",
  "galley.wire",
  "galley.worker",
]

let package = Package(
  name: "galley",
  products: [
    .executable(name: "galley", targets: ["galley"]),
    .executable(name: "galley-agent", targets: ["galley-agent"]),
    .library(name: "Galley", targets: ["Galley", "Images", "Scenarios", "Recipes", "Measuring", "Golden", "Reports"]),
    .library(name: "GalleyBundles", targets: ["Bundles", "Files", "Galley"]),
    .library(name: "GalleyConformance", targets: ["BackendConformance", "RuntimeConformance"]),
    .library(name: "GalleyData", targets: ["Datasets", "Galley", "Images", "Tensors"]),
    .library(name: "GalleyGolden", targets: ["Files", "Galley", "Golden", "Statistics"]),
    .library(
      name: "GalleyEngine",
      targets: [
        "Architectures", "Backends", "Datasets", "Engines", "Files", "Galley", "ModelFiles", "Runtimes", "Torch",
      ]),
    .library(
      name: "GalleyMeasuring",
      targets: [
        "Agent", "CRuntimes", "Galley", "Images", "Measuring", "Metrics", "Runtimes", "Statistics", "TargetProtocol",
        "Tensors",
      ]),
    .library(
      name: "GalleyOffline", targets: ["Bundles", "Files", "Galley", "Offline", "Pantry", "Recipes", "Workers"]),
    .library(name: "GalleyONNX", targets: ["ONNX"]),
    .library(name: "GalleyAdapters", targets: ["Adapters", "Galley", "Images", "Platform", "WorkerProtocol"]),
    .library(name: "GalleyPlatform", targets: ["Galley", "Metrics", "Platform"]),
    .library(name: "GalleyServing", targets: ["Galley", "Platform", "Serving"]),
    .library(name: "GalleyRecipes", targets: ["Expressions", "Files", "Galley", "Pantry", "Recipes", "SPPR"]),
    .library(
      name: "GalleyTargets",
      targets: [
        "Files", "Galley", "Measuring", "RemoteTargets", "Statistics", "TargetProtocol", "TargetTransport", "Targets",
        "Tensors",
      ]),
    .library(name: "GalleyArchitectures", targets: ["Architectures", "Galley"]),
    .library(name: "GalleyTorch", targets: ["NativeLibraries", "ONNX", "Tensors", "Torch"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
  ],
  targets: [
    // Floor 0: bindings; headers and tables, and what opens a library.
    binding("CCurl"),
    binding("CNVML"),
    binding("CRuntimes"),
    binding("CSandbox"),
    binding("CTorchShim"),
    binding("CVips"),
    .systemLibrary(name: "CZlib"),
    room("NativeLibraries"),

    // Floor 1: values; no files but those given, no network, no clock.
    room("Archives", uses: ["CZlib"]),
    room("Expressions"),
    room("Files", uses: [crypto]),
    room("Images", uses: ["CVips", "NativeLibraries"]),
    room("JSONStream"),
    room("Pickles"),
    room("Statistics"),
    room("Tensors"),

    // Floor 2: the contracts, and a file format.
    room("Galley", uses: ["Files", "Images", "Statistics", "Tensors"]),
    room(
      "ONNX", uses: ["Tensors", protobuf],
      excluding: ["Schema/element_types.py", "Schema/generate.sh", "Schema/operators.py"]),

    // Floor 3: implementations.
    room("Bundles", uses: ["Files", "Galley", "JSONStream", crypto]),
    room("Checkpoints", uses: ["Archives", "Galley", "Pickles", "Tensors"]),
    room(
      "Datasets",
      uses: [
        "Archives", "Expressions", "Files", "Galley", "Images", "JSONStream", "Pickles", "Statistics", "Tensors", yams,
      ]),
    room("Fetching", uses: ["CCurl", "Files", "Galley", "NativeLibraries"]),
    room("Measuring", uses: ["CNVML", "Galley", "NativeLibraries", "Statistics"]),
    room("Metrics", uses: ["Galley", "Statistics"]),
    room("ModelFiles", uses: ["CZlib", "Files", "Galley", "Images", "ONNX", "Tensors"]),
    room("ModelOptimizers", uses: ["Files", "Galley", "ONNX"]),
    room("Runtimes", uses: ["CRuntimes", "Files", "Galley", "NativeLibraries", "Tensors"]),
    room("SPPR", uses: ["CZlib", "Files", "Galley"]),
    room("Sandbox", uses: ["CSandbox", "Files", "Galley"]),
    room("TargetProtocol", uses: ["Files", "Galley", "Tensors"]),
    room("Torch", uses: ["CTorchShim", "NativeLibraries", "ONNX", "Tensors"]),
    room("TrainingLogs", uses: ["Files", "Galley"]),
    room("WorkerProtocol", uses: ["CSandbox", "Galley", "Tensors", subprocess, system]),

    // Floor 4: systems.
    room(
      "Agent",
      uses: ["CRuntimes", "Files", "Galley", "Images", "Measuring", "TargetProtocol", "Tensors", "WorkerProtocol"]),
    room("Architectures", uses: ["Galley", "Torch"]),
    room("Golden", uses: ["Bundles", "Expressions", "Files", "Galley", "Statistics", grdb]),
    room("Pantry", uses: ["Files", "Galley", "NativeLibraries", grdb]),
    room(
      "Platform",
      uses: ["Datasets", "Expressions", "Files", "Galley", "Images", "JSONStream", "Metrics", grdb, sqlite]),
    room("Recipes", uses: ["Expressions", "Files", "Galley", "SPPR", yams]),
    room("Reports", uses: ["Files", "Galley", "NativeLibraries", "Statistics"]),
    room("TargetTransport", uses: ["Files", "Galley", "TargetProtocol"] + transportParts),
    room(
      "Targets", uses: ["Files", "Galley", "Measuring", "Metrics", "Statistics", "TargetProtocol", "WorkerProtocol"]),

    // Floor 5: backends, and what serves a device's hosts.
    room(
      "AgentServer",
      uses: [
        "CSandbox", "Files", "Galley", "Measuring", "TargetProtocol", "TargetTransport", "Targets", "WorkerProtocol",
      ]),
    room(
      "Backends",
      uses: [
        "Architectures", "Checkpoints", "Datasets", "Files", "Galley", "Images", "JSONStream", "Measuring",
        "Metrics",
        "ModelFiles", "NativeLibraries", "ONNX", "Runtimes", "Statistics", "Targets", "Tensors", "Torch",
        "TrainingLogs", "WorkerProtocol",
      ]),

    room(
      "RemoteTargets",
      uses: [
        "Files", "Galley", "Measuring", "Sandbox", "TargetProtocol", "TargetTransport", "Targets", "Tensors",
      ]),
    room(
      "Workers",
      uses: [
        "Archives", "Files", "Galley", "NativeLibraries", "Pantry", "Tensors", "WorkerProtocol", subprocess, system,
      ], excluding: ["Embedded/embed.py", "Python"],
      embedding: ["Carrying/imports.py", "Environments/uv.lock"] + pythonModules.map { "Embedded/\($0).py" }),

    // Floor 6: what orchestrates.
    room(
      "Adapters",
      uses: [
        "Datasets", "Files", "Galley", "Images", "JSONStream", "Platform", "Tensors", "WorkerProtocol",
      ]),
    room(
      "Bench",
      uses: [
        "Datasets", "Files", "Galley", "Golden", "Images", "Measuring", "ModelFiles", "ONNX", "Reports", "Statistics",
        "Targets",
        "Tensors",
      ]),
    room(
      "Engines",
      uses: ["Datasets", "Files", "Galley", "Images", "Measuring", "ModelFiles", "Reports", "Tensors"]),
    room(
      "Offline",
      uses: [
        "Bundles", "CTorchShim", "Datasets", "Files", "Galley", "Golden", "Images", "Measuring", "NativeLibraries",
        "Pantry", "Recipes", "Sandbox", "Statistics", "Tensors", "Workers", subprocess, system,
      ], embedding: ["Closure/native.lock"]),
    room(
      "Serving",
      uses: ["Archives", "Datasets", "Files", "Galley", "JSONStream", "Metrics", "Platform"] + serverParts),
    room(
      "TargetInstalling",
      uses: [
        "Files", "Galley", "NativeLibraries", "RemoteTargets", "Sandbox", "TargetProtocol", "TargetTransport",
        subprocess,
        system,
      ], embedding: ["Device/device.sh", "Device/galley-agent.service"]),
    room(
      "Scenarios",
      uses: [
        "Backends", "Datasets", "Files", "Galley", "Golden", "Measuring", "NativeLibraries", "ONNX", "Pantry",
        "Recipes", "Reports", "Statistics", "Targets", "Tensors", "WorkerProtocol", subprocess,
        system,
      ]),

    // Floor 7: programs; the only places that name every ingredient.
    .executableTarget(
      name: "galley",
      dependencies: [
        "Adapters", "Agent", "Architectures", "Backends", "Bench", "Bundles", "Datasets", "Engines", "Fetching",
        "Files", "Galley",
        "Golden", "Metrics", "ModelFiles", "ModelOptimizers", "NativeLibraries", "Offline", "Pantry", "Platform",
        "Recipes", "RemoteTargets", "Reports", "Runtimes", "SPPR", "Sandbox", "Scenarios", "Serving", "Statistics",
        "TargetInstalling", "TargetProtocol", "TargetTransport", "Targets", "Tensors", "WorkerProtocol", "Workers",
        arguments,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "galley-agent",
      dependencies: [
        "Agent", "AgentServer", "Files", "Galley", "Runtimes", "Sandbox", "TargetProtocol", "WorkerProtocol",
      ],
      swiftSettings: strict),

    // Small programs that a user can copy; tests run them.
    .executableTarget(
      name: "own-adapter", dependencies: ["Adapters", "Galley", "Images", "Platform", "Tensors"],
      path: "Examples/own-adapter", swiftSettings: strict),
    .executableTarget(
      name: "own-ingredient", dependencies: ["Galley", "Recipes"], path: "Examples/own-ingredient",
      swiftSettings: strict),
    .executableTarget(
      name: "torch-alone", dependencies: ["ONNX", "Torch"], path: "Examples/torch-alone", swiftSettings: strict),

    // What any runtime is held against; a product, so that runtimes outside the package can be too.
    .target(
      name: "RuntimeConformance", dependencies: ["Files", "Galley", "Tensors"], path: "Tests/Conformance",
      exclude: ["Models"], swiftSettings: strict),

    // What any backend is held against.
    .target(
      name: "BackendConformance", dependencies: ["Files", "Galley", "Images", "Tensors"],
      path: "Tests/BackendConformance", swiftSettings: strict),

    // How tests ask the Python programs that Galley is compared with.
    .target(name: "PeerSupport", path: "Tests/PeerSupport", swiftSettings: strict),

    // A small agent and a small host, for tests of what is between them.
    .target(
      name: "TransportSupport", dependencies: ["Files", "Galley", "TargetProtocol", "TargetTransport"],
      path: "Tests/TransportSupport", swiftSettings: strict),

    // Tests, and the small programs they start.
    fixture("adapter-fixture", in: "AdapterFixture", uses: ["Adapters", "Galley", "Platform"]),
    tests(
      "AdaptersTests",
      uses: [
        "Adapters", "Datasets", "Files", "Galley", "Images", "PeerSupport", "Platform", "Tensors", "WorkerProtocol",
        "adapter-fixture", "own-adapter",
      ]),
    tests(
      "AgentServerTests",
      uses: [
        "AgentServer", "Files", "Galley", "Images", "PeerSupport", "TargetProtocol", "Tensors", "galley-agent",
      ], excluding: ["Peers"]),
    tests("AgentTests", uses: ["Agent", "Files", "Galley", "Images", "Runtimes", "TargetProtocol", "Tensors"]),
    tests("ArchitectureTests", uses: []),
    tests(
      "ArchitecturesTests",
      uses: ["Architectures", "Galley", "NativeLibraries", "ONNX", "PeerSupport", "Tensors", "Torch"]),
    tests(
      "BackendsTests",
      uses: [
        "Architectures", "BackendConformance", "Backends", "Datasets", "Files", "Galley", "Images", "ModelFiles",
        "NativeLibraries", "ONNX", "PeerSupport", "Runtimes", "Statistics", "Targets", "Tensors", "Torch",
        "WorkerProtocol", "galley-agent", "torch-worker-fixture",
      ]),
    tests("ArchivesTests", uses: ["Archives"]),
    fixture("bundle-fixture", in: "BundleFixture", uses: ["Bundles", "Files", "Galley"]),
    tests(
      "BundlesTests", uses: ["Bundles", "Files", "Galley", "Statistics", "bundle-fixture"], excluding: ["Peers"]),
    tests(
      "CheckpointsTests",
      uses: ["Archives", "Checkpoints", "Files", "Galley", "PeerSupport", "Statistics", "Tensors"],
      excluding: ["Fixtures"]),
    tests(
      "BenchTests",
      uses: [
        "Bench", "Files", "Galley", "Images", "ModelFiles", "ModelOptimizers", "ONNX", "Reports", "Runtimes", "Targets",
        "Tensors", "galley",
        "galley-agent",
      ]),
    tests(
      "DatasetsTests",
      uses: ["Archives", "Datasets", "Files", "Galley", "JSONStream", "PeerSupport", "Statistics", "Tensors"]),
    tests(
      "EnginesTests",
      uses: [
        "Backends", "Datasets", "Engines", "Files", "Galley", "Images", "Measuring", "ModelFiles", "ONNX", "Statistics",
        "Targets", "Tensors", "WorkerProtocol", "engine-run-fixture", "galley-agent",
      ],
      excluding: ["Fixtures"]),
    fixture("engine-run-fixture", in: "EngineRunFixture", uses: ["Engines", "Files", "Galley"]),
    tests(
      "EndToEndTests",
      uses: [
        "Archives", "Bundles", "Files", "Galley", "Images", "NativeLibraries", "Offline", "Pantry", "Recipes",
        "Sandbox", "Tensors", "galley", "galley-agent", "own-ingredient",
      ]),
    tests("ExpressionsTests", uses: ["Expressions", "Statistics"], excluding: ["Fixtures"]),
    fixture("fetch-fixture", in: "FetchingFixture", uses: ["Fetching", "Files", "Galley"]),
    tests(
      "FetchingTests", uses: ["CCurl", "Fetching", "Files", "Galley", "NativeLibraries", "fetch-fixture"],
      excluding: ["Servers"]),
    tests("FilesTests", uses: ["Files"]),
    tests("GalleyTests", uses: ["Files", "Galley", "Images", "Tensors"]),
    tests("JSONStreamTests", uses: ["JSONStream"]),
    tests("GoldenTests", uses: ["Bundles", "Files", "Galley", "Golden", "Statistics", grdb]),
    tests("ImagesTests", uses: ["Images"], excluding: ["Fixtures", "Peers"]),
    tests(
      "MeasuringTests", uses: ["Files", "Galley", "Measuring", "PeerSupport", "Statistics"], excluding: ["Fixtures"]),
    tests("MetricsTests", uses: ["Galley", "Metrics", "Statistics"], excluding: ["Fixtures"]),
    tests(
      "ModelFilesTests", uses: ["Files", "Galley", "Images", "ModelFiles", "ONNX", "Tensors"],
      excluding: ["Fixtures", "Peers"]),
    tests("ModelOptimizersTests", uses: ["Files", "Galley", "ModelOptimizers", "ONNX", "Tensors"]),
    tests("NativeLibrariesTests", uses: ["NativeLibraries"]),
    fixture(
      "offline-fixture", in: "OfflineFixture",
      uses: ["Bundles", "Galley", "Images", "NativeLibraries", "Offline", "Pantry"]),
    tests(
      "OfflineExchangeTests",
      uses: ["Bundles", "Files", "Galley", "NativeLibraries", "Offline", "Pantry", "Recipes", "offline-fixture"]),
    tests(
      "OfflineTests",
      uses: [
        "Architectures", "Backends", "Bundles", "Datasets", "Files", "Galley", "Golden", "Images", "ModelOptimizers",
        "NativeLibraries", "Offline", "Pantry", "PeerSupport", "Recipes", "Runtimes", "Sandbox", "Scenarios",
        "Statistics", "Workers", "sandbox-fixture",
      ]),
    fixture("platform-fixture", in: "PlatformFixture", uses: ["Files", "Galley", "Platform"]),
    tests(
      "PlatformTests",
      uses: ["Datasets", "Files", "Galley", "Images", "Metrics", "PeerSupport", "Platform", "platform-fixture", grdb]),
    tests("PicklesTests", uses: ["Pickles", "Statistics"]),
    tests("ONNXTests", uses: ["ONNX", "PeerSupport", "Tensors"], excluding: ["Fixtures", "Peers"]),
    fixture(
      "onnx-suite-fixture", in: "OnnxSuiteFixture", uses: ["Files", "Galley", "ONNX", "Runtimes", "Tensors", protobuf]),
    tests("OnnxSuiteTests", uses: ["onnx-suite-fixture"]),
    fixture("pantry-fixture", in: "PantryFixture", uses: ["Files", "Galley", "NativeLibraries", "Pantry"]),
    tests("PantryTests", uses: ["Files", "Galley", "NativeLibraries", "Pantry", "pantry-fixture"]),
    tests("RecipesTests", uses: ["Files", "Galley", "PeerSupport", "Recipes"]),
    tests(
      "RemoteTargetsTests",
      uses: [
        "Files", "Galley", "Images", "Measuring", "PeerSupport", "RemoteTargets", "Runtimes", "Statistics",
        "TargetProtocol", "TargetTransport", "Targets", "Tensors", "TransportSupport", "galley-agent",
      ]),
    tests("ReportsTests", uses: ["Files", "Galley", "Reports", "Statistics"]),
    tests(
      "RuntimesTests",
      uses: ["CRuntimes", "Files", "Galley", "PeerSupport", "RuntimeConformance", "Runtimes", "Statistics", "Tensors"],
      excluding: ["Fixtures"]),
    tests("SPPRTests", uses: ["Files", "Galley", "SPPR"], excluding: ["Fixtures"]),
    .executableTarget(name: "sandbox-fixture", path: "Tests/SandboxFixture"),
    fixture("sandbox-runner", in: "SandboxRunner", uses: ["Sandbox"]),
    tests("SandboxTests", uses: ["Galley", "PeerSupport", "Sandbox", "sandbox-fixture", "sandbox-runner"]),
    tests(
      "ScenariosTests",
      uses: [
        "Architectures", "Backends", "Datasets", "Files", "Galley", "Golden", "Images", "Measuring", "ModelOptimizers",
        "NativeLibraries", "ONNX", "Pantry", "Recipes", "Reports", "Runtimes", "Scenarios", "Targets", "Tensors",
        "galley", "galley-agent",
      ]),
    fixture("serving-fixture", in: "ServingFixture", uses: ["Galley", "Platform", "Serving"]),
    tests(
      "ServingTests", uses: ["Archives", "Files", "Galley", "PeerSupport", "Platform", "Serving", "serving-fixture"]),
    tests("StatisticsTests", uses: ["Statistics"], excluding: ["Fixtures"]),
    tests(
      "TargetInstallingTests",
      uses: [
        "Files", "Galley", "NativeLibraries", "RemoteTargets", "TargetInstalling", "TargetTransport",
        "TransportSupport",
        "galley", "galley-agent",
      ]),
    tests(
      "TargetProtocolTests",
      uses: ["Files", "Galley", "Measuring", "PeerSupport", "Statistics", "TargetProtocol", "Tensors"],
      excluding: ["Peer"]),
    tests(
      "TargetTransportTests",
      uses: ["Files", "Galley", "PeerSupport", "TargetProtocol", "TargetTransport", "TransportSupport"],
      excluding: ["Peers"]),
    tests(
      "TargetsTests",
      uses: ["Files", "Galley", "Measuring", "Runtimes", "Statistics", "Targets", "Tensors", "galley", "galley-agent"]),
    tests("TensorsTests", uses: ["Tensors"]),
    tests(
      "TorchTests", uses: ["CTorchShim", "NativeLibraries", "ONNX", "Tensors", "Torch", "torch-alone"],
      excluding: ["Fixtures"]),
    tests("TrainingLogsTests", uses: ["Files", "Galley", "PeerSupport", "TrainingLogs"]),
    fixture("torch-worker-fixture", in: "TorchWorkerFixture", uses: ["Backends", "NativeLibraries"]),
    fixture("worker-fixture", in: "WorkerFixture", uses: ["Galley", "WorkerProtocol"]),
    tests("WorkerProtocolTests", uses: ["Files", "Galley", "Tensors", "WorkerProtocol", "worker-fixture"]),
    tests(
      "WorkersTests",
      uses: ["Files", "Galley", "Pantry", "PeerSupport", "Statistics", "Tensors", "WorkerProtocol", "Workers"],
      excluding: ["Python"]),
  ],
  swiftLanguageModes: [.v6]
)
