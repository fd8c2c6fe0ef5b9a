// swift-tools-version: 6.1
import PackageDescription

func gh(_ path: String) -> String { "https://github.com/" + path }

// simdjson's on-demand parser is chosen when it is compiled: without these it would be the plain, slow one.
#if arch(x86_64)
let simd = ["-mavx2", "-mbmi", "-mpclmul", "-mlzcnt"]
#else
let simd: [String] = []
#endif

// The pure core and what feeds it are optimised in debug builds too: `make demo` and `make test` share one debug build,
// and must keep up with a city.
let fast: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
    name: "kapok",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "kapok", targets: ["kapok"])],
    dependencies: [
        .package(url: gh("apple/swift-argument-parser"), from: "1.8.2"),
        .package(url: gh("apple/swift-log"), from: "1.16.2"),
        .package(url: gh("apple/swift-crypto"), from: "4.5.2"),
        .package(url: gh("jpsim/Yams"), from: "6.2.2"),
        .package(url: gh("groue/GRDB.swift"), from: "7.10.0"),
        .package(url: gh("hummingbird-project/hummingbird"), from: "2.28.1"),
        .package(url: gh("swift-server/async-http-client"), from: "1.37.0"),
        .package(url: gh("swift-server/swift-service-lifecycle"), from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CRdkafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CNcurses", pkgConfig: "ncursesw", providers: [.apt(["libncurses-dev"])]),
        .target(
            name: "CSimdjson",
            cxxSettings: [.unsafeFlags(["-O3"] + simd)],
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        .target(name: "CityModel", swiftSettings: fast),
        .target(name: "HubAPI", dependencies: ["CityModel"],
            swiftSettings: fast),
        .target(name: "Contracts", dependencies: ["CityModel", .product(name: "Yams", package: "Yams")],
            swiftSettings: fast),
        .target(
            name: "Wire",
            dependencies: ["CityModel", "Contracts", "CSimdjson", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: fast),
        .target(name: "Windowing", dependencies: ["CityModel", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: fast),
        .target(name: "Analytics", dependencies: ["CityModel", "Contracts", "Windowing"],
            swiftSettings: fast),
        .target(
            name: "Evaluation", dependencies: ["CityModel", "Contracts", "Analytics", "Pipeline", "HubAPI", "Simulator"],
            swiftSettings: fast),
        .target(
            name: "Alerting",
            dependencies: ["CityModel", "HubAPI", "Contracts", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: fast),
        .target(
            name: "Pipeline",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Wire", "Windowing", "Analytics",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: fast),
        .target(
            name: "KafkaIO",
            dependencies: ["CRdkafka", .product(name: "Logging", package: "swift-log")],
            swiftSettings: fast),
        .target(
            name: "Store",
            dependencies: [
                "CityModel", "HubAPI", "Windowing", "Wire", "Alerting", "Pipeline",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: fast),
        .target(
            name: "Serving",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Windowing", "Alerting", "Pipeline", "Store",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Hub",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Wire", "Windowing", "Alerting", "Pipeline", "KafkaIO", "Store",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: fast),
        .target(
            name: "Verification",
            dependencies: ["CityModel", "HubAPI", "Contracts", "Wire", "Windowing", "Pipeline", "Store"],
            swiftSettings: fast),
        .target(name: "Simulator", dependencies: ["CityModel", "Contracts"],
            swiftSettings: fast),
        .target(
            name: "Dashboard",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "CNcurses",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]),
        .target(
            name: "LocalBroker", dependencies: ["KafkaIO", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "Chaos",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Wire", "Pipeline", "KafkaIO", "Store", "Verification", "Simulator",
                "LocalBroker", .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "kapok",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Wire", "Windowing", "Analytics", "Alerting", "Pipeline", "KafkaIO",
                "Store", "Serving", "Hub", "Verification", "Simulator", "Dashboard", "LocalBroker", "Chaos", "Evaluation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]),
        .target(name: "TestSupport", dependencies: ["CityModel", "Contracts", "KafkaIO", "LocalBroker"], path: "Tests/TestSupport"),
        .target(
            name: "FuzzChecks",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Wire", "Windowing", "Analytics", "Pipeline", "TestSupport",
            ],
            path: "Tests/FuzzChecks"),
        .testTarget(name: "FuzzCorpusTests", dependencies: ["FuzzChecks", "TestSupport"]),
        .testTarget(name: "CityModelTests", dependencies: ["CityModel", "TestSupport"]),
        .testTarget(name: "ContractsTests", dependencies: ["Contracts", "TestSupport"]),
        .testTarget(
            name: "TrafficTests",
            dependencies: ["CityModel", "HubAPI", "Contracts", "Analytics", "Pipeline", "Simulator", "TestSupport"]),
        .testTarget(
            name: "AlertingTests",
            dependencies: ["Alerting", "CityModel", "Contracts", "HubAPI", "Pipeline", "Simulator", "TestSupport", "Wire"]),
        .testTarget(name: "AnalyticsTests", dependencies: ["CityModel", "Analytics", "Evaluation"]),
        .testTarget(name: "WindowingTests", dependencies: ["Windowing", "TestSupport"]),
        .testTarget(name: "WireTests", dependencies: ["Wire", "TestSupport"]),
        .testTarget(name: "PipelineTests", dependencies: ["Pipeline", "TestSupport"]),
        .testTarget(name: "KafkaIOTests", dependencies: ["KafkaIO", "CRdkafka", "LocalBroker", "TestSupport"]),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Alerting", "Pipeline", "Store", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "HubTests",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Alerting", "Pipeline", "Store", "Wire", "Hub", "TestSupport",
            ]),
        .testTarget(
            name: "EdgeTests",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Wire", "Windowing", "Pipeline", "Store", "Hub", "Simulator",
                "Verification", "TestSupport",
            ]),
        .testTarget(
            name: "VerificationTests",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Pipeline", "Store", "Hub", "Verification", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "ServingTests",
            dependencies: [
                "CityModel", "HubAPI", "Contracts", "Windowing", "Alerting", "Pipeline", "Store", "Hub", "Serving",
                "TestSupport",
                .product(name: "Yams", package: "Yams"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(name: "SimulatorTests", dependencies: ["CityModel", "Contracts", "Simulator", "TestSupport"]),
        .testTarget(name: "DashboardTests", dependencies: ["Dashboard", "TestSupport"], exclude: ["Golden"]),
        .testTarget(
            name: "ChaosTests",
            dependencies: ["CityModel", "Chaos", "Contracts", "HubAPI", "Pipeline", "Store", "TestSupport"]),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "CityModel", "Contracts", "Dashboard", "HubAPI", "Pipeline", "Store", "KafkaIO", "LocalBroker",
                "Simulator", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// Needs libFuzzer and flags that nothing else has: `make fuzz` builds it, in a folder of its own.
if Context.environment["KAPOK_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
        .executableTarget(
            name: "kapok-fuzz", dependencies: ["FuzzChecks", "CLibFuzzer"], path: "Tests/Fuzz",
            exclude: ["CLibFuzzer"]),
    ]
}
