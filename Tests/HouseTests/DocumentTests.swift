// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// What the documents point to exists.
struct DocumentTests {
    static let documents: [String] = {
        let root = SharedData.checkout
        let tops = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "training/MODEL_CARD.md"]
        let folder = root.appendingPathComponent("docs")
        let inside = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return tops + inside.filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }.sorted()
    }()

    @Test(arguments: documents)
    func everyLinkLeadsSomewhere(document: String) throws {
        let url = SharedData.checkout.appendingPathComponent(document)
        let text = try String(contentsOf: url, encoding: .utf8)
        for match in text.matches(of: /\]\(([^)#]+)[^)]*\)/) where !match.1.contains("://") {
            let target = url.deletingLastPathComponent().appendingPathComponent(String(match.1))
            #expect(FileManager.default.fileExists(atPath: target.path), "\(document) points to \(match.1)")
        }
    }

    /// `<Name>` in a path stands for a file that is yet to be written, so only the folder before it has to be there.
    @Test func thePagesForContributorsNameFilesThatExist() throws {
        let tops = "Sources|Tests|docs|packaging|scripts|clients|bench|examples|udev"
        let form = try Regex<(Substring, Substring)>("`((?:(?:\(tops))/[^`\\s]*)|[A-Z]+\\.md)`")
        var named = 0
        for document in Self.documents where document.hasPrefix("docs/contributing/") {
            let url = SharedData.checkout.appendingPathComponent(document)
            for match in try String(contentsOf: url, encoding: .utf8).matches(of: form) {
                let existing = match.1.prefix { $0 != "<" }
                let path = existing == match.1 ? existing : existing[..<(existing.lastIndex(of: "/") ?? existing.startIndex)]
                let file = SharedData.checkout.appendingPathComponent(String(path))
                #expect(FileManager.default.fileExists(atPath: file.path), "\(document) names \(match.1)")
                named += 1
            }
        }
        #expect(named >= 30)
    }

    @Test func theCodePointsToDocumentsThatExist() throws {
        let sources = SharedData.checkout.appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        // The vendored header points to documents of its own project.
        for case let file as URL in files
        where ["swift", "c", "h"].contains(file.pathExtension) && file.lastPathComponent != "onnxruntime_c_api.h" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /docs\/[a-zA-Z0-9_\/-]+\.md/) {
                let target = SharedData.checkout.appendingPathComponent(String(match.0))
                #expect(FileManager.default.fileExists(atPath: target.path), "\(file.lastPathComponent) points to \(match.0)")
            }
        }
    }
}
