// SPDX-License-Identifier: Apache-2.0
import API
import Appliance
import Core
import Publish
import Settings
import Testing
import USB

struct ApplianceSettingsTests {
    private func refusal(_ yaml: String, _ overrides: [String] = []) -> SettingsError? {
        do {
            let overrides = try overrides.map { text throws(SettingsError) in try SettingsOverride(text) }
            _ = try ApplianceSettings.read(yaml, name: "test.yml", overrides: overrides)
            return nil
        } catch {
            return error
        }
    }

    @Test func anEmptyFileIsWhateverCameraIsPluggedIn() throws {
        let settings = try ApplianceSettings.read("", name: "test.yml")
        #expect(settings.http.port == 8080)
        #expect(settings.cameras.map(\.id.name) == ["demo"])
        #expect(settings.cameras[0].source.kind == .auto)
    }

    @Test func aTypingErrorIsNamedWithItsLineAndTheLikelyKey() throws {
        let error = try #require(refusal("http:\n  port: 8080\n  prot: 1\n"))
        #expect(error.line == 3)
        #expect(error.path == "http.prot")
        #expect(error.problem.contains("did you mean 'port'?"))
    }

    @Test(arguments: [
        ("http:\n  port: 70000\n", "http.port", "from 0 to 65535"),
        ("http:\n  port: \"8080\"\n", "http.port", "whole number"),
        ("http: 8080\n", "http", "must be a section"),
        ("udp:\n  enabled: maybe\n", "udp.enabled", "true or false"),
        ("log:\n  level: loud\n", "log.level", "one of trace"),
        ("cameras:\n  - id: Front Door\n", "cameras.0.id", "1 to 32"),
        ("cameras:\n  - id: a\n  - id: a\n", "cameras.1.id", "name of its own"),
        ("cameras:\n  - id: a\n    source: replay\n", "cameras.0.replay", "must name a folder"),
        ("cameras: 3\n", "cameras", "must be a list"),
        ("usb: {install_rules: yes}\n", "usb.install_rules", "true or false"),
        ("cameras: [{id: a, v4l2: {layout: triple}}]\n", "cameras.0.v4l2.layout", "side_by_side"),
        ("cameras: [{id: a, v4l2: {width: 640}}]\n", "cameras.0.v4l2.height", "or neither"),
        ("cameras: [{id: a, v4l2: {formats: [JPEG]}}]\n", "cameras.0.v4l2.formats", "MJPEG"),
        ("cameras: [{id: a, v4l2: {controls: {gain: much}}}]\n", "cameras.0.v4l2.controls.gain", "whole number"),
        ("cameras: [{id: a, v4l2: {controls: [gain]}}]\n", "cameras.0.v4l2.controls", "names and whole numbers"),
        ("cameras: [{id: a, v4l2: {layout: pair, left: 'serial:A', right: 'serial:A'}}]\n", "cameras.0.v4l2.right", "same"),
        ("cameras: [{id: a, v4l2: {color: any}}]\n", "cameras.0.v4l2.color", "needs layout"),
        ("runtime: {accelerator: myriad}\n", "runtime.accelerator", "one of none, auto, oak"),
        ("runtime: {accelerator: auto, accelerator_device: first}\n", "runtime.accelerator_device", "usb:1-1.2"),
        ("cameras:\n  - id: a\n    demo: {fps: .nan}\n", "cameras.0.demo.fps", "from 1.0 to 120.0"),
    ])
    func badValuesAreRefused(yaml: String, path: String, words: String) throws {
        let error = try #require(refusal(yaml))
        #expect(error.path == path)
        #expect(error.problem.contains(words))
        #expect(error.line != nil)
    }

    @Test func aCameraOfTheKernelIsReadWithAllItSays() throws {
        let yaml = """
            cameras:
              - id: front
                source: v4l2
                v4l2: {layout: pair, left: "serial:L", right: "port:1-1.2", width: 640, height: 400, fps: 25,
                       formats: [GREY, Y16], controls: {gain: 16, exposure_auto: false}}
            """
        guard case .v4l2(let camera) = try ApplianceSettings.read(yaml, name: "test.yml").cameras[0].source else {
            throw SettingsError(document: "", path: "", problem: "")
        }
        #expect(camera.layout == .pair)
        #expect(try [camera.left, camera.right] == [DeviceSelector("serial:L"), DeviceSelector("port:1-1.2")])
        #expect([camera.width, camera.height] == [640, 400])
        #expect(camera.formats == [.grey, .y16])
        #expect(camera.controls == ["gain": 16, "exposure_auto": 0])
        #expect(camera.stallSeconds == 2)
    }

    @Test(arguments: ["http: [", "\t- x", "a: b: c", "http:\n  port: 1\n  port: 2\n", "&a [*a]", "- 1\n- 2"])
    func brokenYAMLIsRefused(yaml: String) {
        #expect(refusal(yaml) != nil)
    }

    @Test func multiplyingAliasesAreRefused() {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            let list = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(list)]\n"
        }
        #expect(refusal(yaml) != nil)
    }

    @Test func theCommandLineWinsOverTheFile() throws {
        let overrides = try ["http.port=18080", "cameras.0.id=x", "cameras.0.demo.fps=15", "udp.maximum_subscriptions=3"]
            .map(SettingsOverride.init)
        let settings = try ApplianceSettings.read("http: {port: 1}\n", name: "test.yml", overrides: overrides)
        #expect(settings.http.port == 18080)
        #expect(settings.cameras.map(\.id.name) == ["x"])
        #expect(settings.udp.maximumSubscriptions == 3)
        guard case .auto(_, let demo, _) = settings.cameras[0].source else {
            throw SettingsError(document: "", path: "", problem: "")
        }
        #expect(demo.framesPerSecond == 15)
    }

    @Test(arguments: ["http.port", "=1", "http..port=1", "http.port.x=1", "cameras.7.id=a", "nonsense=1"])
    func badOverridesAreRefused(assignment: String) {
        #expect(refusal("http: {port: 1}\ncameras: []\n", [assignment]) != nil)
    }

    @Test func aLightIsNamedAsAFileOrNotAtAll() throws {
        #expect(try ApplianceSettings.read("", name: "x").statusLight.isEmpty)
        #expect(try ApplianceSettings.read("status_light: ACT", name: "x").statusLight == "ACT")
        #expect(try ApplianceSettings.read("status_light: 'input3::capslock'", name: "x").statusLight == "input3::capslock")
        for bad in ["../../etc/passwd", "a/b", "''", ".", "[ACT]"] {
            #expect(throws: SettingsError.self) { try ApplianceSettings.read("status_light: \(bad)", name: "x") }
        }
    }

    @Test func everyTruncationOfAFileIsReadOrRefused() throws {
        let text = "http: {port: 18080}\ncameras:\n  - id: a\n    source: media\n    media: {color: \"x.mp4\"}\n"
        for length in 0...text.utf8.count { _ = refusal(String(decoding: text.utf8.prefix(length), as: UTF8.self)) }
    }
}
