// SPDX-License-Identifier: Apache-2.0
import Core
public import Foundation

/// Pictures with labels for training the demo detector: random rooms with random objects, and moments of the demo scene.
/// Picture N of a seed is always the same.
public struct SceneDataset: Sendable {
    public let seed: UInt64
    public let width: Int
    public let height: Int
    /// How many of the pictures show the demo scene itself, 0...1; the others show random rooms.
    public let demoShare: Double

    /// Pictures that share a room, because drawing the room takes longest.
    private static let picturesPerRoom = 6

    /// - Throws: `CaptureError.unusable` unless the size is 64×40 to 1280×800 and the share 0 to 1.
    public init(seed: UInt64, width: Int = 640, height: Int = 400, demoShare: Double = 0.3) throws {
        guard (64...1280).contains(width), (40...800).contains(height) else {
            throw CaptureError.unusable(what: "dataset size \(width)x\(height)", remedy: "use 64x40 to 1280x800")
        }
        guard (0...1).contains(demoShare) else {
            throw CaptureError.unusable(what: "dataset demoShare \(demoShare)", remedy: "use 0 to 1")
        }
        (self.seed, self.width, self.height, self.demoShare) = (seed, width, height, demoShare)
    }

    /// One labelled object of a picture.
    public struct Label: Sendable, Codable, Hashable {
        public var label: SceneLabel
        /// Tight box in fractions of the picture.
        public var box: SceneTruthBox
        /// Share of the object's outline that shows, 0...1.
        public var visible: Float
    }

    /// One line of `labels.jsonl`.
    public struct Line: Sendable, Codable, Hashable {
        /// Name of the picture's file.
        public var picture: String
        /// Every object with at least one pixel to see, also those too small or too hidden to count.
        public var objects: [Label]
    }

    /// Draws pictures 0..<count one after the other and lends each as `bgr24` with its labels.
    public func render(count: Int, _ body: (_ line: Line, _ pixels: UnsafeRawBufferPointer) throws -> Void) rethrows {
        let rig = SceneRig(width: width, height: height, baselineMillimetres: 75)
        var renderer: SceneRenderer?
        let pixels = UnsafeMutableRawBufferPointer.allocate(byteCount: width * height * 3, alignment: 64)
        defer { pixels.deallocate() }
        for index in 0..<max(0, count) {
            let group = UInt64(index / SceneDataset.picturesPerRoom)
            var roomRandom = SceneRandom(seed, group, 0x526F_6F6D)
            let isDemo = roomRandom.chance(demoShare)
            let room = isDemo ? SceneRoom.workshop(seed: roomRandom.next()) : SceneRoom.random(&roomRandom)
            if index % SceneDataset.picturesPerRoom == 0 {
                if let renderer {
                    renderer.enter(room)
                } else {
                    renderer = SceneRenderer(rig: rig, room: room, lenses: [.color], samples: 1, noise: 0, seed: seed)
                }
            }
            var random = SceneRandom(seed, UInt64(index), 0x5069_6374)
            let bodies =
                isDemo
                ? DemoChoreography(seed: random.next(), floor: room.floor).bodies(at: random.real(0...600))
                : SceneBody.randomGroup(in: room, &random)
            guard let renderer else { continue }
            renderer.draw(bodies)
            renderer.expose(.color, key: 0, into: pixels)
            let name = String(format: "%06d.ppm", index)
            try body(Line(picture: name, objects: renderer.labels()), UnsafeRawBufferPointer(pixels))
        }
    }

    /// Writes `count` pictures as binary PPM and `labels.jsonl` into `folder`, which is made when it is missing.
    public func write(count: Int, to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var lines = Data()
        try render(count: count) { line, pixels in
            var picture = Data("P6\n\(width) \(height)\n255\n".utf8)
            let header = picture.count
            picture.append(contentsOf: pixels)
            // PPM is red, green, blue.
            for at in stride(from: header, to: picture.count, by: 3) { picture.swapAt(at, at + 2) }
            try picture.write(to: folder.appendingPathComponent(line.picture))
            lines.append(try encoder.encode(line))
            lines.append(UInt8(ascii: "\n"))
        }
        try lines.write(to: folder.appendingPathComponent("labels.jsonl"))
    }
}
