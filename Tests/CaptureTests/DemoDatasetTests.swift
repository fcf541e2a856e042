// SPDX-License-Identifier: Apache-2.0
import Capture
import Foundation
import Testing

@Suite struct DemoDatasetTests {
    @Test func `a seed always gives the same labelled pictures, another seed others`() throws {
        func digest(seed: UInt64) throws -> (lines: [SceneDataset.Line], bytes: [[UInt8]]) {
            var (lines, bytes) = ([SceneDataset.Line](), [[UInt8]]())
            try SceneDataset(seed: seed, width: 160, height: 100).render(count: 14) { line, pixels in
                lines.append(line)
                bytes.append(Array(pixels))
            }
            return (lines, bytes)
        }
        let (first, again, other) = (try digest(seed: 4), try digest(seed: 4), try digest(seed: 5))
        #expect(first.lines == again.lines)
        #expect(first.bytes == again.bytes)
        #expect(first.bytes != other.bytes)
        let objects = first.lines.flatMap(\.objects)
        #expect(Set(objects.map(\.label)).count == 3)
        for object in objects {
            #expect(0 <= object.box.xMin && object.box.xMin < object.box.xMax && object.box.xMax <= 1)
            #expect(0 <= object.box.yMin && object.box.yMin < object.box.yMax && object.box.yMax <= 1)
            #expect(object.visible > 0 && object.visible <= 1)
        }
    }

    @Test func `the written folder holds a picture for every line`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dataset-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try SceneDataset(seed: 1, width: 64, height: 40).write(count: 3, to: folder)
        let text = try String(contentsOf: folder.appendingPathComponent("labels.jsonl"), encoding: .utf8)
        let lines = try text.split(separator: "\n").map { try JSONDecoder().decode(SceneDataset.Line.self, from: Data($0.utf8)) }
        #expect(lines.map(\.picture) == ["000000.ppm", "000001.ppm", "000002.ppm"])
        for line in lines {
            let picture = try Data(contentsOf: folder.appendingPathComponent(line.picture))
            #expect(picture.prefix(13) == Data("P6\n64 40\n255\n".utf8))
            #expect(picture.count == 13 + 64 * 40 * 3)
        }
    }

    @Test func `an impossible size is refused`() {
        #expect(throws: CaptureError.self) { try SceneDataset(seed: 1, width: 10, height: 400) }
        #expect(throws: CaptureError.self) { try SceneDataset(seed: 1, width: 640, height: 100_000) }
        #expect(throws: CaptureError.self) { try SceneDataset(seed: 1, demoShare: 1.5) }
    }
}
