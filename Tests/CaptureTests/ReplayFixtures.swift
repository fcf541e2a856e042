// SPDX-License-Identifier: Apache-2.0
import Capture
import Codec
import Core
import Foundation

/// A folder that is gone with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "depthd-capture-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }
}

/// Pictures of one value, so that a test sees in a frame which file it came from.
enum ReplayFixtures {
    static func camera() -> CameraID? { CameraID("replay") }

    static func pgm(_ value: UInt8, width: Int = 8, height: Int = 6) -> [UInt8] {
        Array("P5 \(width) \(height) 255\n".utf8) + [UInt8](repeating: value, count: width * height)
    }

    static func frame(_ value: UInt8, _ format: PixelFormat, width: Int = 8, height: Int = 6) -> Frame? {
        guard let camera = camera() else { return nil }
        let draft = FramePool.standalone(
            FrameHeader(
                camera: camera, instance: .color, sequence: 0, captured: Timestamp(nanoseconds: 0), width: width, height: height,
                format: format))
        _ = draft.withUnsafeMutableBytes { $0.initializeMemory(as: UInt8.self, repeating: value) }
        return draft.seal()
    }
}

/// What a source delivered: of each frame its header and its first byte.
struct Delivered {
    var headers: [FrameHeader] = []
    var values: [UInt8] = []

    mutating func add(_ frame: Frame) {
        headers.append(frame.header)
        values.append(frame.withUnsafeBytes { $0[0] })
    }
}

/// Runs a source to its end, or until it has delivered `limit` frames.
func play(
    _ source: some CaptureSource, counters: CaptureCounters = CaptureCounters(), limit: Int = .max
) throws -> Delivered {
    var delivered = Delivered()
    let stop = StopSignal()
    try source.runFrames(counters: counters, stop: stop) { frame in
        delivered.add(frame)
        if delivered.values.count >= limit { stop.stop() }
    }
    return delivered
}
