// swift-tools-version: 6.3
import PackageDescription

/// Held by every Swift target: the language mode is 6 by the tools version.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// Held by every C target of ours.
let cSettings: [CSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
]

/// The tutorials as programs, a folder each.
let samples = [
  "linear-regression", "dynamic-graph", "thermometer", "cubic-sine", "vector-jacobian", "legendre",
  "networks", "fine-tuning",
]

let package = Package(
  name: "agviz",
  products: [
    .library(name: "Autograd", targets: ["Autograd"]),
    .library(name: "AutogradNN", targets: ["AutogradNN"]),
    .library(name: "GraphModel", targets: ["GraphModel"]),
    .library(name: "GraphRendering", targets: ["GraphRendering"]),
    .library(name: "GradientRecording", targets: ["GradientRecording"]),
    .library(name: "AutogradRecorder", targets: ["AutogradRecorder"]),
    .library(name: "AgvizTesting", targets: ["AgvizTesting"]),
    .library(name: "SampleNetworks", targets: ["SampleNetworks"]),
    .executable(name: "agviz", targets: ["agviz"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .target(
      name: "CGraphviz", cSettings: cSettings,
      linkerSettings: [.linkedLibrary("gvc"), .linkedLibrary("cgraph")]),
    .target(
      name: "CKernels", cSettings: cSettings,
      linkerSettings: [.linkedLibrary("sleef"), .linkedLibrary("m")]),
    .target(name: "CThreadState", cSettings: cSettings),
    .target(name: "CObjects", cSettings: cSettings),
    .target(name: "CLines", cSettings: cSettings),
    .target(name: "CJournal", cSettings: cSettings),
    .target(
      name: "CEdit", cSettings: cSettings, linkerSettings: [.linkedLibrary("edit")]),

    .target(
      name: "GraphModel", exclude: ["agviz.graph.schema.json"], swiftSettings: settings),
    .target(
      name: "GradientRecording",
      dependencies: [
        "GraphModel", "GradientJournal", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: settings),
    .target(
      name: "GradientJournal", dependencies: ["GraphModel", "CJournal"], swiftSettings: settings),
    .target(
      name: "Autograd",
      dependencies: [
        "GraphModel", "GradientJournal", "CKernels", "CThreadState", "CObjects", "CLines",
      ],
      swiftSettings: settings),
    .target(
      name: "AutogradNN", dependencies: ["Autograd", "GraphModel"], swiftSettings: settings),
    .target(
      name: "AutogradRecorder", dependencies: ["Autograd", "GradientJournal", "GradientRecording"],
      swiftSettings: settings),
    .target(
      name: "GraphRendering", dependencies: ["GraphModel", "CGraphviz"], swiftSettings: settings),
    .target(name: "AgvizTesting", dependencies: ["GraphModel"], swiftSettings: settings),
    .executableTarget(
      name: "agviz",
      dependencies: [
        "GraphModel", "GraphRendering", "GradientJournal", "GradientRecording", "Autograd",
        "AutogradNN", "AutogradRecorder", "CEdit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    .target(
      name: "ConformanceKit", dependencies: ["Autograd", "GraphModel", "GraphRendering"],
      path: "Tests/Conformance/Kit", swiftSettings: settings),
    .executableTarget(
      name: "conformance",
      dependencies: [
        "ConformanceKit", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/Conformance/Command", swiftSettings: settings),

    .testTarget(
      name: "ConformanceTests", dependencies: ["ConformanceKit", "conformance"],
      path: "Tests/Conformance/Tests", swiftSettings: settings),
    .testTarget(
      name: "CKernelsTests", dependencies: ["CKernels"], exclude: ["Reference"],
      swiftSettings: settings),
    .testTarget(name: "GraphModelTests", dependencies: ["GraphModel"], swiftSettings: settings),
    .executableTarget(
      name: "recorder-program", dependencies: ["Autograd", "AutogradRecorder"],
      path: "Tests/RecorderProgram", swiftSettings: settings),
    .testTarget(
      name: "AutogradRecorderTests",
      dependencies: [
        "Autograd", "AutogradNN", "AutogradRecorder", "GradientRecording", "GraphModel",
        "SampleNetworks", "recorder-program",
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "journal-program", dependencies: ["GradientJournal"], path: "Tests/JournalProgram",
      swiftSettings: settings),
    .testTarget(
      name: "GradientJournalTests", dependencies: ["GradientJournal", "journal-program"],
      swiftSettings: settings),
    .testTarget(
      name: "AutogradTests", dependencies: ["Autograd", "GradientJournal", "CLines"],
      exclude: ["Reference"],
      swiftSettings: settings),
    .testTarget(
      name: "AutogradNNTests", dependencies: ["AutogradNN", "Autograd"], exclude: ["Reference"],
      swiftSettings: settings),
    .testTarget(
      name: "GraphRenderingTests", dependencies: ["GraphRendering", "GraphModel"],
      exclude: ["Reference"], swiftSettings: settings),
    .testTarget(
      name: "GradientRecordingTests",
      dependencies: ["GradientRecording", "GradientJournal", "GraphModel", "RecordingSupport"],
      swiftSettings: settings),
    .target(
      name: "RecordingSupport",
      dependencies: ["GradientRecording", "GradientJournal", "GraphModel"],
      path: "Tests/RecordingSupport", swiftSettings: settings),
    .testTarget(
      name: "DocumentationTests", dependencies: ["Autograd", "AutogradNN", "GraphModel"],
      swiftSettings: settings),
    .testTarget(
      name: "AgvizTests",
      dependencies: [
        "agviz", "AgvizTesting", "Autograd", "AutogradNN", "GradientJournal", "GradientRecording",
        "GraphModel", "RecordingSupport", "faults", "recorder-program", "vector-jacobian",
      ],
      exclude: ["Expected"], swiftSettings: settings),
  ]
    + samples.map {
      .executableTarget(
        name: $0,
        dependencies: ["Autograd", "AutogradNN", "GraphModel", "SampleNetworks", "SampleSupport"],
        path: "samples/\($0)",
        swiftSettings: settings)
    } + [
      .target(
        name: "FaultPrograms", dependencies: ["Autograd", "AutogradNN", "AutogradRecorder"],
        path: "samples/faults/Programs", swiftSettings: settings),
      .executableTarget(
        name: "faults", dependencies: ["FaultPrograms"], path: "samples/faults/Command",
        swiftSettings: settings),
      .testTarget(
        name: "FaultTests",
        dependencies: [
          "FaultPrograms", "faults", "agviz", "Autograd", "GradientRecording", "AutogradRecorder",
        ],
        swiftSettings: settings),
      .target(
        name: "SampleNetworks", dependencies: ["Autograd", "AutogradNN"], path: "samples/Networks",
        swiftSettings: settings),
      .testTarget(
        name: "NetworkTests",
        dependencies: ["Autograd", "AutogradNN", "GraphModel", "SampleNetworks"],
        exclude: ["Reference"], swiftSettings: settings),
      .target(
        name: "SampleSupport", dependencies: ["GraphModel", "GraphRendering"],
        path: "samples/Support", swiftSettings: settings),
      .testTarget(
        name: "SampleTests", dependencies: samples.map { .target(name: $0) }, exclude: ["Expected"],
        swiftSettings: settings),
    ],
  cLanguageStandard: .gnu17
)
