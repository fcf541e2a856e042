// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// What every room is compiled with; the language mode (Swift 6) is set at the bottom for the whole package.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room of the house: `Sources/<name>` with its tests in `Tests/<name>Tests`.
/// - Parameter files: files of its `Resources` that are compiled into the program.
func room(_ name: String, _ dependencies: [Target.Dependency], embedding files: [String] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: files.map { .embedInCode("Resources/\($0)") }, swiftSettings: house)
}

/// Tests that compute what they expect. To optimise the others takes longer than they run; what they test is optimised like everything.
let computingTests: Set = ["BoardCalibration", "Capture", "Codec", "Fusion", "Inference", "Stereo"]

/// The tests of a room. They see public and package declarations only, so they run against the release build.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], resources: resources,
        swiftSettings: house + (computingTests.contains(name) ? [] : [.unsafeFlags(["-Onone"])]))
}

/// A product of a package we depend on.
func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}

let log = product("Logging", "swift-log")
let arguments = product("ArgumentParser", "swift-argument-parser")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let signals = product("UnixSignals", "swift-service-lifecycle")
let hummingbird = [product("Hummingbird", "hummingbird"), product("HummingbirdCore", "hummingbird")]
let nio = [product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio")]
let nioHTTP1 = product("NIOHTTP1", "swift-nio")
let nioWebSocket = product("NIOWebSocket", "swift-nio")

let package = Package(
    name: "depthd",
    products: [.executable(name: "depthd", targets: ["depthd"])],
    // Exact, so that a build is made of these wherever it is made; what they bring along in turn is written down with each release
    // (docs/packaging.md). Hummingbird's traits are features nobody here calls.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        // C at the bottom: thin shims and kernels, nothing else. Kernels are optimised in every build.
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .systemLibrary(name: "CUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
        .target(name: "CImage", dependencies: ["CPNG"]),
        .target(
            name: "CDemoDetector", exclude: ["demo-detector.onnx"], cSettings: [.headerSearchPath(".")]),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CMemory"),
        .target(name: "COnnxRuntime"),
        .target(name: "COpenH264"),
        .target(name: "CSpawn"),
        .target(name: "CUSBFS"),
        .target(name: "CV4L2"),

        // The rooms, from the vocabulary up. Tests/HouseTests fails on an arrow that points up.
        room("Core", ["CMemory"]),
        room("Cryptography", ["CCrypto"]),
        room("Calibration", ["Core", product("Yams", "Yams")]),
        room("Settings", ["Core", product("Yams", "Yams")]),
        room("Codec", ["Core", "CTurboJPEG", "CImage", "COpenH264", "CWebP"]),
        room("USB", ["Core", "CUdev", "CUSBFS"]),
        room("XLink", ["Core"]),
        room("V4L2", ["Core", "Codec", "CV4L2"]),
        room("Capture", ["Core", "Codec", "V4L2", "CKernels", "CSpawn", "CV4L2"]),
        room("OAK", ["Core", "Cryptography", "Calibration", "USB", "XLink", "Capture", "CLZMA", "CZlib", log]),
        room("Stereo", ["Core", "CKernels"]),
        room("Inference", ["Core", "CDemoDetector", "CKernels", "COnnxRuntime"], embedding: ["demo-detector.json"]),
        room("Fusion", ["Core"]),
        room("BoardCalibration", ["Core", "Stereo"]),
        room("Pipeline", ["Core", "Settings", "V4L2", "Capture", "Codec", "Stereo", "Inference", "Fusion", log]),
        room("Tasks", ["Core", "Codec", "Inference", product("GRDB", "GRDB.swift")]),
        room("Publish", ["Core", "Cryptography", "Settings", "Pipeline", log] + nio),
        room(
            "DepthAI",
            [
                "Core", "Cryptography", "Calibration", "Settings", "Codec", "CKernels", "Capture", "Inference", "Fusion",
                "Pipeline", log,
            ]),
        room(
            "API",
            ["Core", "Cryptography", "Settings", "Codec", "Pipeline", "Tasks", lifecycle, log, nioHTTP1, nioWebSocket]
                + hummingbird + nio,
            embedding: ["dashboard.html", "docs.html", "explorer.html", "openapi.json"]),
        room(
            "Appliance",
            [
                "Core", "Cryptography", "Calibration", "Settings", "USB", "OAK", "V4L2", "Capture", "Inference", "Pipeline",
                "Tasks",
                "Publish", "API", "DepthAI", "CZlib", lifecycle, signals, log,
            ] + nio),
        .executableTarget(
            name: "depthd",
            dependencies: [
                "Core", "Calibration", "Settings", "Codec", "OAK", "V4L2", "Capture", "Stereo", "Inference", "Fusion",
                "BoardCalibration", "Pipeline", "Publish",
                "Appliance", arguments, log, nioHTTP1,
            ] + nio,
            swiftSettings: house),
        // Measures only; no product, never shipped.
        .executableTarget(
            name: "capture-bench", dependencies: ["Core", "Capture", "V4L2", "CV4L2"], path: "bench/capture", swiftSettings: house
        ),

        // Tests, in the same order.
        .target(
            name: "TestSupport", dependencies: ["Core", "Inference", "CZlib", log], path: "Tests/TestSupport",
            swiftSettings: house),
        tests("House", []),
        tests("Core", ["Core"]),
        tests("Cryptography", ["Core", "Cryptography"]),
        tests("Calibration", ["Core", "Calibration"]),
        tests("Settings", ["Core", "Settings"]),
        tests("Codec", ["Core", "Codec"]),
        tests("USB", ["Core", "USB"]),
        tests("XLink", ["Core", "XLink"]),
        tests("Capture", ["Core", "Codec", "V4L2", "Capture", "CKernels", "CV4L2"]),
        tests("OAK", ["Core", "Calibration", "USB", "XLink", "Capture", "OAK", "CLZMA", "CZlib", log]),
        tests("Stereo", ["Core", "Codec", "Stereo"], resources: [.copy("Fixtures")]),
        tests("Inference", ["Core", "Codec", "Inference"]),
        tests("Fusion", ["Core", "Codec", "Stereo", "Fusion"]),
        tests("BoardCalibration", ["Core", "Codec", "Stereo", "BoardCalibration"], resources: [.copy("Fixtures")]),
        tests("Pipeline", ["Core", "Settings", "Capture", "Codec", "Inference", "Pipeline", log]),
        tests("Tasks", ["Core", "Codec", "Inference", "Tasks"], resources: [.copy("Fixtures")]),
        tests("DepthAI", ["Core", "Inference", "Fusion", "Pipeline", "DepthAI", log]),
        tests("Publish", ["Core", "Settings", "Pipeline", "Publish", log] + nio),
        tests("API", ["Core", "Settings", "Codec", "Pipeline", "Tasks", "API", lifecycle, log, nioHTTP1] + nio),
        tests(
            "Appliance",
            [
                "Core", "Settings", "USB", "OAK", "Capture", "Inference", "Pipeline", "Tasks", "Publish", "API", "DepthAI",
                "Appliance",
                log,
            ]),
        tests("depthd", ["Core", "Codec", "DepthAI", "depthd"], resources: [.copy("Fixtures")]),
    ],
    swiftLanguageModes: [.v6]
)

// DEPTHD_TESTS=Core,Codec leaves the tests of those rooms alone, where building all of them takes too long (scripts/cross.sh).
if let rooms = Context.environment["DEPTHD_TESTS"] {
    let wanted = rooms.split(separator: ",").map { "\($0)Tests" }
    package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}
