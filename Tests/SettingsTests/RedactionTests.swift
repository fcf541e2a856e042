// SPDX-License-Identifier: Apache-2.0
import Settings
import Testing

/// Nothing secret is ever shown.
struct RedactionTests {
    /// The reader of the settings, having asked for every key there is.
    private func schema() throws -> SettingsSection {
        let root = try SettingsSection(SettingsDocument.yaml("cameras: [{id: a}]", name: "test.yml"))
        _ = try Settings(root)
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
            let shown = SettingsDocument.text(Redaction.document(document))
            #expect(!shown.contains("canary"), "\(path)")
            #expect(shown.contains("(removed)"))
        }
    }

    @Test func theRecordHasEveryKeyAndNoSecret() throws {
        let settings = try Settings.read(
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
        let known = try schema().knownPaths.filter { path in
            !["http", "udp", "codeproject", "depthai", "log", "runtime", "models", "usb", "state", "cameras"].contains(path)
        }
        let raw = [
            "cameras.0.v4l2", "cameras.0.demo", "cameras.0.replay", "cameras.0.media", "cameras.0.pipeline",
            "cameras.0.v4l2.controls",
        ]
        #expect(known.subtracting(raw) == Set(settings.record.entries.map(\.path)))
    }

    @Test func aLogLosesSecretsWhereverTheyStand() throws {
        let settings = try Settings.read(
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
                pipeline: {streams: [depth], plugin: {token: fourth-secret, level: 3}}
            """
        let shown = SettingsDocument.text(Redaction.document(try SettingsDocument.yaml(yaml, name: "test.yml")))
        #expect(!shown.contains("secret"), "\(shown)")
        #expect(!shown.contains("mqtt.lan"))
        for kept in ["port: 8080", "- depth", "level: 3", "unknown key"] { #expect(shown.contains(kept), "\(kept) in \(shown)") }
    }

    @Test(arguments: ["password", "wifi_password", "api_key", "mqtt-token", "PSK", "user", "secret", "auth_pin"])
    func namesOfSecrets(key: String) { #expect(Redaction.isSecret(key: key)) }

    @Test(arguments: ["key_file", "port", "keyframe", "keep_aspect_ratio", "significant_bits", "monkey", "passes", ""])
    func namesOfOtherThings(key: String) { #expect(!Redaction.isSecret(key: key)) }

    @Test func aDocumentIsWrittenAsItWasRead() throws {
        let yaml = "a: [1, \"1\", true]\nb: {c: null, d: \"null\", e: \"x: y\\n# z\", f: [], g: {}}\n"
        let document = try SettingsDocument.yaml(yaml, name: "test.yml")
        #expect(try SettingsDocument.yaml(SettingsDocument.text(document), name: "again") == document)
    }

    @Test func aLightIsNamedAsAFileOrNotAtAll() throws {
        #expect(try Settings.read("", name: "x").statusLight.isEmpty)
        #expect(try Settings.read("status_light: ACT", name: "x").statusLight == "ACT")
        #expect(try Settings.read("status_light: 'input3::capslock'", name: "x").statusLight == "input3::capslock")
        for bad in ["../../etc/passwd", "a/b", "''", ".", "[ACT]"] {
            #expect(throws: SettingsError.self) { try Settings.read("status_light: \(bad)", name: "x") }
        }
    }
}
