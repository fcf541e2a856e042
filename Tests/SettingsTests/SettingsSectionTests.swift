// SPDX-License-Identifier: Apache-2.0
import Settings
import Testing

struct SettingsSectionTests {
    private func section(_ yaml: String) throws -> SettingsSection {
        try SettingsSection(SettingsDocument.yaml(yaml, name: "test.yml"))
    }

    @Test func jsonKeepsTruthValuesApartFromNumbers() throws {
        let section = try SettingsSection(
            SettingsDocument.json(Array(#"{"a": true, "b": 1, "c": 0.5, "d": null}"#.utf8), name: "json"))
        #expect(try section.flag("a", default: false))
        #expect(try section.integer("b", default: 0, in: 0...9) == 1)
        #expect(try section.number("c", default: 0, in: 0...1) == 0.5)
        #expect(try section.integer("d", default: 4, in: 0...9) == 4)
        #expect(throws: SettingsError.self) { try section.flag("b", default: false) }
    }

    @Test func anItemOfAListIsRefusedAtItsOwnLine() throws {
        let error = try section("a:\n  - one\n  - two\n").refusal("a", item: 1, "is not one")
        #expect(error.path == "a.1")
        #expect(error.line == 3)
    }

    /// What the readers of `a`, `b.secret`, `c` and a list of sections took.
    private func record(_ yaml: String) throws -> SettingsRecord {
        let root = try section(yaml)
        _ = try root.integer("a", default: 7, in: 0...9)
        _ = try root.section("b").secret("secret")
        _ = try root.texts("c", default: ["x"])
        for item in try root.sections("items") {
            _ = try item.text("name", default: "")
            _ = try item.flag("on", default: false)
        }
        return root.record
    }

    @Test(arguments: [
        ("", "", []), ("", "a: 7", []), ("", "a: 8", ["a"]), ("a: 8", "", ["a"]),
        ("b: {secret: one}", "b: {secret: two}", ["b.secret"]), ("c: [x, y]", "c: ['x, y']", ["c"]),
        ("", "{a: 1, b: {secret: one}, c: []}", ["a", "b.secret", "c"]),
        ("items: [{name: one}]", "items: [{name: one, on: true}]", ["items.0.on"]),
        ("items: [{name: one}]", "items: [{name: one}, {name: two}]", ["items.1"]),
        ("items: [{name: one}]", "", ["items.0"]),
    ])
    func aRecordTellsEveryPathThatDiffers(before: String, after: String, paths: [String]) throws {
        #expect(try record(before).changes(to: record(after)) == paths)
    }

    @Test func aSectionIsTakenAsItStandsInAnotherRecord() throws {
        var kept = try record("{a: 1, items: [{name: one}]}")
        let other = try record("{a: 2, items: [{name: one}, {name: two}]}")
        kept.replace(section: "items", from: other)
        #expect(kept.changes(to: other) == ["a"])
        kept.replace(section: "a", from: other)
        #expect(kept.changes(to: other).isEmpty)
    }
}
