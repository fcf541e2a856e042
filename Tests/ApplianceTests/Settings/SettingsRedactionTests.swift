// SPDX-License-Identifier: Apache-2.0
import Appliance
import Settings
import Testing

/// Nothing secret is ever shown.
struct SettingsRedactionTests {
    /// The reader of the settings, having asked for every key there is.
    private func schema() throws -> SettingsSection {
        let root = try SettingsSection(SettingsDocument.yaml("cameras: [{id: a}]", name: "test.yml"))
        _ = try ApplianceSettings(root)
        return root
    }

    @Test func everyKeyThatSoundsSecretIsReadAsOne() throws {
        let root = try schema()
        #expect(root.record.secretPaths == ["codeproject.api_key"])
        for path in root.knownPaths {
            let key = path.split(separator: ".").last.map(String.init) ?? path
            let isSecret = root.record.secretPaths.contains(path)
            #expect(Redaction.isSecret(key: key) == isSecret, "\(path): read it with secret(), and give it a name that says so")
        }
    }

    @Test func everyValueOfEverySecretKeyIsGone() throws {
        let paths = try schema().record.secretPaths
        #expect(!paths.isEmpty)
        for path in paths {
            let sections = path.split(separator: ".")
            let yaml = sections.enumerated().map { index, key in
                String(repeating: "  ", count: index) + "\(key):" + (index == sections.count - 1 ? " canary-4711" : "\n")
            }.joined()
            let document = try SettingsDocument.yaml(yaml, name: "test.yml")
            let shown = SettingsDocument.text(Redaction.document(document, schema: ApplianceSettings.schema))
            #expect(!shown.contains("canary"), "\(path)")
            #expect(shown.contains("(removed)"))
        }
    }

    @Test func theRecordHasEveryKeyAndNoSecret() throws {
        let settings = try ApplianceSettings.read(
            """
            http: {port: 18080}
            codeproject: {deepstack: true, api_key: "top-secret-1"}
            udp: {targets: ["10.0.0.2:5800"]}
            cameras: [{id: a, source: media, media: {color: "rtsp://bob:p@ss/word@10.0.0.9:554/user=admin&password=x"}}]
            """, name: "test.yml")
        let text = settings.record.text
        for line in [
            "http.port: 18080\n", "http.host: 0.0.0.0    # default\n", "codeproject.api_key: (removed)\n",
            "udp.targets: [10.0.0.2:5800]\n", "udp.allow: [private]    # default\n",
            "cameras.0.media.color: rtsp://10.0.0.9:554/…\n", "status_light: none    # default\n",
        ] { #expect(text.contains(line), "\(line) in \(text)") }
        for secret in ["top-secret", "bob", "p@ss", "word@", "admin"] { #expect(!text.contains(secret)) }
        #expect(settings.record.choices.split(separator: "\n").count == 7)
        let known = try schema().knownPaths
        let sections = known.filter { path in known.contains { $0.hasPrefix("\(path).") } }
        // Of no effect here: they are accepted, and their values are nobody's.
        let silent =
            ["board_config", "camera", "app", "video_config"].map { "cameras.0.pipeline.\($0)" }
            + ["type", "left_mesh_file", "right_mesh_file", "warp_rectify"].map { "cameras.0.pipeline.depth.\($0)" }
        #expect(known.subtracting(sections).subtracting(silent) == Set(settings.record.entries.map(\.path)))
    }

    @Test func aLogLosesSecretsWhereverTheyStand() throws {
        let settings = try ApplianceSettings.read(
            #"""
            codeproject: {deepstack: true, api_key: 'say "hi"'}
            cameras: [{id: a, source: media, media: {color: "rtsp://bob:p@ss/word@10.0.0.9/live?token=t0k3n"}}]
            """#, name: "test.yml")
        let log = #"""
            cannot open rtsp://bob:p@ss/word@10.0.0.9/live?token=t0k3n: refused
            {"why":"key say \"hi\" and rtsp://other:pw@10.1.1.1:8554/cam?x=1","url":"http://host/"}
            someone wrote p@ss/word without a URL; http://user:geheim@h.lan/a, and rtsp://u2:zz,yy@h2 ws://h
            """#
        let shown = Redaction.text(log, without: settings.record.secrets)
        for secret in ["bob", "p@ss", "t0k3n", "hi", "other", "pw", "user", "geheim", "u2", "zz", "yy"] {
            #expect(!shown.contains(secret), "\(secret) in \(shown)")
        }
        #expect(shown.contains("cannot open rtsp://10.0.0.9/…"))
        #expect(shown.contains(#"rtsp://10.1.1.1:8554/…","url":"http://host/"}"#))
        #expect(shown.hasSuffix("http://h.lan/… and rtsp://h2 ws://h"))
        #expect(Redaction.text("nothing: //here ://", without: ["": "x", "abc": "y"]) == "nothing: //here ://")
    }

    @Test func keysNobodyKnowsLoseTheirValueAndRawSectionsAreJudgedByName() throws {
        let yaml = """
            codeproject: {api_keyy: typo-secret, apikey: other-secret}
            mqtt: {password: third-secret, host: mqtt.lan}
            http: {port: 8080}
            cameras:
              - id: a
                v4l2: {controls: {gain: 3, password: fourth-secret}}
                pipeline: {streams: [depth], plugin: {token: fifth-secret}, camera: {token: sixth-secret, level: 4}}
            """
        let shown = SettingsDocument.text(
            Redaction.document(try SettingsDocument.yaml(yaml, name: "test.yml"), schema: ApplianceSettings.schema))
        #expect(!shown.contains("secret"), "\(shown)")
        #expect(!shown.contains("mqtt.lan"))
        for kept in ["port: 8080", "- depth", "gain: 3", "level: 4", "unknown key"] {
            #expect(shown.contains(kept), "\(kept) in \(shown)")
        }
    }
}
