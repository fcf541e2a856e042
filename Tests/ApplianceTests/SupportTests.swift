// SPDX-License-Identifier: Apache-2.0
import API
import Appliance
import Core
import Foundation
import TestSupport
import Testing

/// Support bundles: made whole, made one at a time, made though a part hangs.
@Suite(.timeLimit(.minutes(1)))
struct SupportTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("support-\(UUID().uuidString)")

    /// What tar makes of an archive, by the names of its files.
    private func unpack(_ bytes: [UInt8], _ option: String) async throws -> [String: Data] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("archive")
        try Data(bytes).write(to: file)
        let status = try await Blocking.run { [folder] in
            let tar = Process()
            tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            tar.arguments = ["tar", option, file.path, "-C", folder.path]
            try tar.run()
            tar.waitUntilExit()
            return tar.terminationStatus
        }
        #expect(status == 0)
        try FileManager.default.removeItem(at: file)
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return Dictionary(
            uniqueKeysWithValues: files.compactMap { name in
                (try? Data(contentsOf: folder.appendingPathComponent(name))).map { (name, $0) }
            })
    }

    @Test func tarReadsWhatWeWrite() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var archive = TarArchive(folder: "box", seconds: 1_795_305_600)
        let contents: [String: [UInt8]] = [
            "empty": [], "short": Array("hello\n".utf8), "block": [UInt8](repeating: 65, count: 512),
            "more": (0..<5000).map { UInt8(truncatingIfNeeded: $0) },
        ]
        for (name, bytes) in contents {
            let isIn = archive.add(name, bytes)
            #expect(isIn)
        }
        let isIn = archive.add(String(repeating: "n", count: 100), [])
        #expect(!isIn)
        let files = try await unpack(archive.finished, "-xf")
        #expect(files == Dictionary(uniqueKeysWithValues: contents.map { ("box/\($0)", Data($1)) }))
        let date = try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent("box/short").path)
        #expect(date[.modificationDate] as? Date == Date(timeIntervalSince1970: 1_795_305_600))
    }

    @Test func gzipReadsWhatWeCompress() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var archive = TarArchive(folder: "box", seconds: 0)
        var random = SystemRandomNumberGenerator()
        let noise = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        archive.add("noise", noise)
        archive.add("lines", Array(String(repeating: "the same line\n", count: 10_000).utf8))
        let packed = try #require(Gzip.compress(archive.finished))
        #expect(packed.count < 220_000)
        let files = try await unpack(packed, "-xzf")
        #expect(files["box/noise"] == Data(noise))
        #expect(files["box/lines"]?.count == 140_000)
    }

    @Test func aPartThatHangsIsLeftOutNamedAndNotAskedAgain() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let never = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
        let asked = Mailbox<Void>(capacity: 9, onFull: .dropNewest)
        let parts = [
            SupportBundler.Part(name: "first.txt") { "key is hidden-word, see rtsp://u:v@h/x" },
            SupportBundler.Part(name: "hangs.txt") {
                asked.offer(())
                _ = never.next()
                return ""
            },
            SupportBundler.Part(name: "fails.txt") { throw SupportRefusal.failed("no hidden-word") },
            SupportBundler.Part(name: "long.txt") { String(repeating: "0123456789\n", count: 300_000) },
        ]
        let desk = SupportBundler(
            parts: { parts }, findings: parts[0], secrets: { ["hidden-word": "(removed)"] }, patience: 3_000_000_000)
        for _ in 0..<2 {
            let file = try await desk.bundle()
            #expect(file.name.hasPrefix("depthd-support-") && file.name.hasSuffix("Z.tar.gz"))
            let files = try await unpack(file.bytes, "-xzf").map { ($0.split(separator: "/").last.map(String.init) ?? "", $1) }
            let byName = Dictionary(files, uniquingKeysWith: { $1 })
            #expect(byName.keys.sorted() == ["README.txt", "first.txt", "long.txt"])
            #expect(byName["first.txt"] == Data("key is (removed), see rtsp://h/…".utf8))
            #expect((byName["long.txt"]?.count ?? 0) <= 2 << 20 + 100)
            let preface = String(decoding: byName["README.txt"] ?? Data(), as: UTF8.self)
            #expect(preface.contains("hangs.txt: left out"))
            #expect(preface.contains("fails.txt: left out, no (removed)"))
            try FileManager.default.removeItem(at: folder)
        }
        #expect(asked.statistics.accepted == 1)
        never.close()
    }

    @Test func thereIsNoSecondBundleWhileSomebodyHasTheFirst() async throws {
        let desk = SupportBundler(
            parts: { [.init(name: "a.txt") { "a" }] }, findings: .init(name: "f") { "[]" }, secrets: { [:] })
        var file: SupportFile? = try await desk.bundle()
        do throws(SupportRefusal) {
            _ = try await desk.findings()
            Issue.record("the checkup was made while a bundle was out")
        } catch {
            #expect(error.description.contains("try again"))
        }
        withExtendedLifetime(file) {}
        file = nil
        #expect(try await desk.findings() == Array("[]".utf8))
        _ = try await desk.bundle()
    }
}
