// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "agviz-benchmarks",
  dependencies: [.package(name: "agviz", path: "..")],
  targets: [
    .target(name: "CPeak"),
    .executableTarget(
      name: "workloads",
      dependencies: [
        .product(name: "Autograd", package: "agviz"),
        .product(name: "AutogradNN", package: "agviz"),
        .product(name: "AutogradRecorder", package: "agviz"),
        .product(name: "GraphModel", package: "agviz"),
        .product(name: "SampleNetworks", package: "agviz"),
        "CPeak",
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .treatAllWarnings(as: .error),
      ]),
  ]
)
