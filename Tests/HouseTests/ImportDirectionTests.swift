// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Dependencies point one way: a target imports only what is below it. This test is the architect.
struct ImportDirectionTests {
    /// Each target with the targets it may import; docs/design.md draws the same picture.
    static let mayImport: [String: Set<String>] = [
        "Core": ["CMemory"],
        "Cryptography": ["CCrypto"],
        "Calibration": ["Core"],
        "Settings": ["Core"],
        "Codec": ["Core", "CTurboJPEG", "CImage", "COpenH264", "CWebP"],
        "USB": ["Core", "CUdev", "CUSBFS"],
        "XLink": ["Core"],
        "V4L2": ["Core", "Codec", "CV4L2"],
        "Capture": ["Core", "Codec", "V4L2", "CKernels", "CSpawn", "CV4L2"],
        "OAK": ["Core", "Cryptography", "Calibration", "USB", "XLink", "Capture", "CLZMA", "CZlib"],
        "Stereo": ["Core", "CKernels"],
        "Inference": ["Core", "CDemoDetector", "CKernels", "COnnxRuntime"],
        "Fusion": ["Core"],
        "BoardCalibration": ["Core", "Stereo"],
        "Pipeline": ["Core", "Settings", "V4L2", "Capture", "Codec", "Stereo", "Inference", "Fusion"],
        "Tasks": ["Core", "Codec", "Inference"],
        "Publish": ["Core", "Cryptography", "Settings", "Pipeline"],
        "API": ["Core", "Cryptography", "Settings", "Codec", "Pipeline", "Tasks"],
        "DepthAI": [
            "Core", "Cryptography", "Calibration", "Settings", "Codec", "CKernels", "Capture", "Inference", "Fusion", "Pipeline",
        ],
        "Appliance": [
            "Core", "Cryptography", "Calibration", "Settings", "USB", "OAK", "V4L2", "Capture", "Inference", "Pipeline", "Tasks",
            "Publish",
            "API", "DepthAI", "CZlib",
        ],
        "depthd": [
            "Core", "Calibration", "Settings", "Codec", "OAK", "V4L2", "Capture", "Stereo", "Inference", "Fusion",
            "BoardCalibration", "Pipeline", "Publish", "Appliance",
        ],
    ]

    private static let targets = Set(mayImport.keys).union([
        "CCrypto", "CTurboJPEG", "CImage", "COpenH264", "CPNG", "CWebP", "CDemoDetector", "CKernels", "CMemory", "COnnxRuntime",
        "CSpawn",
        "CLZMA", "CUdev", "CUSBFS", "CV4L2", "CZlib",
    ])

    private func sources(of target: String) throws -> [URL] {
        let folder = SharedData.checkout.appendingPathComponent("Sources/\(target)")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }

    /// The modules a source imports, whatever attributes and access levels stand before the word.
    private func imports(_ source: String) -> [String] {
        let form =
            /^(?:@\w+(?:\([^)]*\))?\s+)*(?:\w+\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
        return source.split(separator: "\n").compactMap { line in line.firstMatch(of: form).map { String($0.1) } }
    }

    @Test func importsAreSeenWhateverStandsBeforeThem() {
        let source =
            "import A\n@preconcurrency import B\nfileprivate import C\n@_exported public import struct D.T\n// import E\n"
        #expect(imports(source) == ["A", "B", "C", "D"])
    }

    @Test(arguments: mayImport.keys.sorted())
    func aTargetImportsOnlyWhatIsBelowIt(target: String) throws {
        let allowed = try #require(Self.mayImport[target])
        let files = try sources(of: target)
        #expect(!files.isEmpty)
        for file in files {
            for module in imports(try String(contentsOf: file, encoding: .utf8)) where Self.targets.contains(module) {
                #expect(allowed.contains(module), "\(target)/\(file.lastPathComponent) imports \(module)")
            }
        }
    }

    @Test func everyTargetIsOnTheList() throws {
        let folder = SharedData.checkout.appendingPathComponent("Sources")
        let folders = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(folders) == Self.targets)
    }

    /// ONNX Runtime is a library found on the machine and opens models by their path: these files look for them.
    private static let mayReadFiles: Set<String> = ["ONNXLibrarySearch.swift", "Network+Load.swift"]

    /// Value in, value out: threads, queues, sockets, files and processes belong elsewhere.
    @Test(arguments: ["Cryptography", "Calibration", "Codec", "Stereo", "Inference", "Fusion", "BoardCalibration"])
    func aComputeTargetKnowsNoThreadsSocketsOrFiles(target: String) throws {
        let modules: Set = ["Dispatch", "NIOCore", "NIOPosix", "ServiceLifecycle"]
        let threads = ["Mailbox<", "StageThread", "Task {", "DispatchQueue", "sockaddr", "Process("]
        let files = ["FileManager", "FileHandle", "Data(contentsOf", "contentsOfFile", "fopen("]
        for file in try sources(of: target) {
            let text = try String(contentsOf: file, encoding: .utf8)
            let name = "\(target)/\(file.lastPathComponent)"
            for module in imports(text) { #expect(!modules.contains(module), "\(name) imports \(module)") }
            for word in threads { #expect(!text.contains(word), "\(name) uses \(word)") }
            for word in files where !Self.mayReadFiles.contains(file.lastPathComponent) {
                #expect(!text.contains(word), "\(name) uses \(word)")
            }
        }
    }

    /// Foundation's formatters open files of the system when they are first used, and end the process where they cannot:
    /// a daemon whose descriptors were all taken died of the date in its status.
    @Test func nothingFormatsWithWhatNeedsFilesOfTheSystem() throws {
        for target in Self.mayImport.keys {
            for file in try sources(of: target) {
                let text = try String(contentsOf: file, encoding: .utf8)
                for word in ["DateFormatter(", "NumberFormatter(", "Calendar.current", "TimeZone.current", "Locale.current"] {
                    #expect(!text.contains(word), "\(target)/\(file.lastPathComponent) uses \(word)")
                }
            }
        }
    }

    /// `JSONReader`, and the writer behind `JSONValue`.
    @Test func theAPIReadsAndWritesJSONInOneWay() throws {
        for file in try sources(of: "API") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["JSONSerialization", "JSONEncoder", "JSONDecoder", "#\"{\"", "\"{\\\""] {
                #expect(!text.contains(word), "API/\(file.lastPathComponent) uses \(word)")
            }
        }
    }

    @Test func everySourceFileNamesItsLicenceOnce() throws {
        for target in Self.mayImport.keys {
            for file in try sources(of: target) {
                let text = try String(contentsOf: file, encoding: .utf8)
                #expect(text.hasPrefix("// SPDX-License-Identifier: Apache-2.0"), "\(file.path)")
                #expect(text.ranges(of: "SPDX-License-Identifier").count == 1, "\(file.path)")
            }
        }
    }

    /// Folders and files that may name UDP; nobody else may care which publishers there are.
    private static let mayNameUDP = [
        "Publish/", "Appliance/Service/",
        // Network cameras are found with it.
        "OAK/Discovery/",
        // The older status key.
        "Pipeline/Status/ApplianceStatus.swift",
        // The client's command.
        "depthd/Subscribe.swift",
        // FFmpeg's protocol of that name.
        "Capture/FFmpeg/FFmpegInput.swift",
    ]

    @Test func onlyTheWiringKnowsWhichPublishersThereAre() throws {
        var seen = 0
        for target in Self.mayImport.keys {
            for file in try sources(of: target) {
                let path = file.path.components(separatedBy: "/Sources/").last ?? file.path
                guard !Self.mayNameUDP.contains(where: path.hasPrefix) else { continue }
                let text = try String(contentsOf: file, encoding: .utf8)
                #expect(!text.lowercased().contains("udp"), "\(path) names UDP")
                seen += 1
            }
        }
        #expect(seen > 200)
    }
}
