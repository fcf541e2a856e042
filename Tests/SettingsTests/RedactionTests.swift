// SPDX-License-Identifier: Apache-2.0
import Settings
import Testing

struct RedactionTests {
    @Test(arguments: ["password", "wifi_password", "api_key", "mqtt-token", "PSK", "user", "secret", "auth_pin"])
    func namesOfSecrets(key: String) { #expect(Redaction.isSecret(key: key)) }

    @Test(arguments: ["key_file", "port", "keyframe", "keep_aspect_ratio", "significant_bits", "monkey", "passes", ""])
    func namesOfOtherThings(key: String) { #expect(!Redaction.isSecret(key: key)) }

    @Test func aDocumentIsWrittenAsItWasRead() throws {
        let yaml = "a: [1, \"1\", true]\nb: {c: null, d: \"null\", e: \"x: y\\n# z\", f: [], g: {}}\n"
        let document = try SettingsDocument.yaml(yaml, name: "test.yml")
        #expect(try SettingsDocument.yaml(SettingsDocument.text(document), name: "again") == document)
    }
}
