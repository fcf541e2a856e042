// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// The depthd has storeys: a room imports only what is below it. This test is the architect.
struct ImportDirectionTests {
    /// Each room with the rooms it may import; docs/design.md draws the same picture.
    static let mayImport: [String: Set<String>] = [
        "Core": ["CMemory"],
        "Settings": ["Core"],
        "Codec": ["Core", "CTurboJPEG", "CImage", "COpenH264", "CWebP"],
        "USB": ["Core", "CUdev"],
        "Capture": ["Core", "Codec", "CKernels", "CSpawn", "CV4L2"],
        "Stereo": ["Core", "CKernels"],
        "Inference": ["Core", "CDemoDetector", "CKernels", "COnnxRuntime"],
        "Fusion": ["Core"],
        "BoardCalibration": ["Core", "Stereo"],
        "Pipeline": ["Core", "Settings", "Capture", "Codec", "Stereo", "Inference", "Fusion"],
        "Tasks": ["Core", "Codec", "Inference"],
        "Publish": ["Core", "Pipeline"],
        "API": ["Core", "Codec", "Pipeline", "Tasks"],
        "DepthAI": ["Core", "Settings", "Codec", "CKernels", "Capture", "Inference", "Fusion", "Pipeline"],
        "Appliance": [
            "Core", "Settings", "USB", "Capture", "Inference", "Pipeline", "Tasks", "Publish", "API", "DepthAI",
            "CZlib",
        ],
        "depthd": [
            "Core", "Settings", "Codec", "Capture", "Stereo", "Inference", "Fusion", "BoardCalibration", "Pipeline", "Publish",
            "Appliance",
        ],
    ]

    private static let rooms = Set(mayImport.keys).union([
        "CTurboJPEG", "CImage", "COpenH264", "CPNG", "CWebP", "CDemoDetector", "CKernels", "CMemory", "COnnxRuntime", "CSpawn",
        "CUdev", "CV4L2", "CZlib",
    ])

    private func sources(of room: String) throws -> [URL] {
        let folder = SharedData.checkout.appendingPathComponent("Sources/\(room)")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }

    private func imports(_ source: String) -> [String] {
        source.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init).filter {
                !["public", "package", "internal", "private"].contains($0)
            }
            guard words.first == "import", let module = words.last else { return nil }
            return module.split(separator: ".").first.map(String.init)
        }
    }

    @Test(arguments: mayImport.keys.sorted())
    func aRoomImportsOnlyWhatIsBelowIt(room: String) throws {
        let allowed = try #require(Self.mayImport[room])
        let files = try sources(of: room)
        #expect(!files.isEmpty)
        for file in files {
            for module in imports(try String(contentsOf: file, encoding: .utf8)) where Self.rooms.contains(module) {
                #expect(allowed.contains(module), "\(room)/\(file.lastPathComponent) imports \(module)")
            }
        }
    }

    @Test func everyRoomIsOnTheList() throws {
        let folder = SharedData.checkout.appendingPathComponent("Sources")
        let folders = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(folders) == Self.rooms)
    }

    /// Value in, value out: threads, queues, sockets and processes belong elsewhere.
    @Test(arguments: ["Codec", "Stereo", "Inference", "Fusion", "BoardCalibration"])
    func aComputeRoomKnowsNoThreadsAndNoSockets(room: String) throws {
        for file in try sources(of: room) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["import NIO", "import Dispatch", "Mailbox<", "StageThread", "Task {", "import ServiceLifecycle"] {
                #expect(!text.contains(word), "\(room)/\(file.lastPathComponent) uses \(word)")
            }
        }
    }

    @Test func everySourceFileNamesItsLicence() throws {
        for room in Self.mayImport.keys {
            for file in try sources(of: room) {
                #expect(
                    try String(contentsOf: file, encoding: .utf8).hasPrefix("// SPDX-License-Identifier: Apache-2.0"),
                    "\(file.path)")
            }
        }
    }
}
