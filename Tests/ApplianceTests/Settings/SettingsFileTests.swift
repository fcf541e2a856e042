// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Settings
import TestSupport
import Testing

/// The documented settings file is the code's defaults, key by key: both are what the readers of the sections have asked for.
struct SettingsFileTests {
    private func documented() throws -> SettingsSection {
        let url = SharedData.checkout.appendingPathComponent("packaging/depthd.yml")
        return try SettingsSection(SettingsDocument.yaml(String(contentsOf: url, encoding: .utf8), name: "depthd.yml"))
    }

    @Test func theFileSaysWhatTheCodeDoesWithoutIt() throws {
        let file = try ApplianceSettings(documented())
        // A box without settings has the camera that the file names.
        let code = try ApplianceSettings.read("cameras: [{id: demo}]", name: "code")
        #expect(code.record.changes(to: file.record) == [])
        #expect(try file.cameras == ApplianceSettings.read("", name: "code").cameras)
    }

    @Test func theFileNamesEveryKeyThatTheCodeReads() throws {
        let root = try documented()
        let settings = try ApplianceSettings(root)
        let named = Set(settings.record.entries.filter(\.isGiven).map(\.path))
        let sections = root.knownPaths.filter { path in root.knownPaths.contains { $0.hasPrefix("\(path).") } }
        let pipeline = "cameras.0.pipeline"
        let silent = [
            // Without a value the model decides: they stand in the file as comments.
            "ai.keep_aspect_ratio", "ai.confidence_threshold",
            // Keys of gen1 dictionaries that have no effect here or replace depthd's own; docs/pipeline.md lists them.
            "board_config", "camera", "app", "video_config", "depth.type", "depth.left_mesh_file", "depth.right_mesh_file",
            "depth.warp_rectify", "ai.blob_file2", "ai.blob_file_config2", "ai.shaves", "ai.cmx_slices", "ai.NN_engines",
        ].map { "\(pipeline).\($0)" }
        let missing = root.knownPaths.subtracting(sections).subtracting(named).subtracting(silent)
        #expect(missing == [], "not in packaging/depthd.yml")
    }
}
