// SPDX-License-Identifier: Apache-2.0
import Settings
import Testing

struct SettingsDocumentTests {
    @Test func whatCamerasShareMayStandOnce() throws {
        let shared = "cameras:\n  - a: &a {x: [1, 2]}\n    b: &b {y: 2}\n"
        let cameras = String(repeating: "  - a: *a\n    b: *b\n", count: 60)
        guard case .mapping(let entries) = try SettingsDocument.yaml(shared + cameras, name: "test.yml").content,
            case .list(let items)? = entries.first?.value.content
        else { throw SettingsError(document: "test.yml", path: "cameras", problem: "is no list") }
        #expect(items.count == 61)
        #expect(items.allSatisfy { $0 == items[0] })
    }

    @Test(arguments: ["origins: ['*', \"*a\"]", "a: x&y", "a: '&b *b'", "a: &b\nc: *b"])
    func starsAndAmpersandsElsewhereAreNoAliases(yaml: String) throws {
        _ = try SettingsDocument.yaml(yaml, name: "test.yml")
    }

    /// Twice as much on each line: 2 to the 40th.
    @Test(arguments: ["x: *a40", "? *a40\n: x", "? {*a40 : x}\n: y"])
    func aliasesThatMultiplyAreRefusedBeforeTheyDo(last: String) {
        let lines = (1...40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }
        let error = #expect(throws: SettingsError.self) {
            try SettingsDocument.yaml("a0: &a0 x\n\(lines.joined())\(last)\n", name: "test.yml")
        }
        #expect(error?.problem.contains("write out what they stand for") == true)
    }
}
