// SPDX-License-Identifier: Apache-2.0
import Foundation
import Pipeline
import Settings
import TestSupport
import Testing

/// The documented settings file is the code's defaults, key by key.
struct SettingsFileTests {
    private func documented() throws -> (text: String, settings: Settings) {
        let url = SharedData.checkout.appendingPathComponent("packaging/depthd.yml")
        let text = try String(contentsOf: url, encoding: .utf8)
        return (text, try Settings.read(text, name: "depthd.yml"))
    }

    @Test func theFileSaysWhatTheCodeDoesWithoutIt() throws {
        let file = try documented().settings
        let code = try Settings.read("", name: "empty")
        #expect(file.http == code.http)
        #expect(file.udp == code.udp)
        #expect(file.log == code.log)
        #expect(file.runtime == code.runtime)
        #expect(file.models == code.models)
        #expect(file.usb == code.usb)
        #expect(file.state == code.state)
        #expect(file.cameras.map(\.id) == code.cameras.map(\.id))
        #expect(file.cameras.map(\.source) == code.cameras.map(\.source))
        #expect(try PipelineConfiguration(file.cameras[0].pipeline) == PipelineConfiguration.standard())
    }

    @Test func theFileNamesEveryKeyThatTheCodeReads() throws {
        let root = try SettingsSection(SettingsDocument.yaml(documented().text, name: "depthd.yml"))
        let settings = try Settings(root)
        let pipeline = try SettingsSection(settings.cameras[0].pipeline, path: "cameras.0.pipeline")
        _ = try PipelineConfiguration(pipeline)
        let text = try documented().text
        // Keys of gen1 dictionaries that are accepted and have no effect here; docs/pipeline.md lists them.
        let silent: Set<String> = [
            "board_config", "camera", "app", "video_config", "type", "left_mesh_file", "right_mesh_file", "warp_rectify",
            "blob_file2",
            "blob_file_config2", "shaves", "cmx_slices", "NN_engines",
        ]
        for path in root.knownPaths.union(pipeline.knownPaths) {
            let key = path.split(separator: ".").last.map(String.init) ?? path
            #expect(silent.contains(key) || text.contains("\(key):"), "\(path) is not in packaging/depthd.yml")
        }
    }
}
