// SPDX-License-Identifier: Apache-2.0
import Core

/// One child and the pictures it writes.
final class FFmpegPlayer {
    private let lens: FFmpegLens
    private let settings: FFmpegSettings
    private let pool: FramePool
    private let child: FFmpegProcess
    /// Takes pictures for which there is no buffer.
    private var discard: [UInt8] = []

    /// What the next picture came to.
    enum Outcome {
        case frame(Frame)
        /// The picture was read and dropped; it came at this instant.
        case noFreeBuffer(Timestamp)
        case finished
        case failed(String)
        case stopped
    }

    init(_ lens: FFmpegLens, ffmpeg: String, settings: FFmpegSettings, pool: FramePool) throws(CaptureError) {
        self.lens = lens
        self.settings = settings
        self.pool = pool
        child = try FFmpegProcess(ffmpeg, lens.arguments(settings))
    }

    /// Asks the child to end.
    func ask() {
        child.ask()
    }

    /// Ends and reaps the child.
    func end() {
        child.end()
    }

    /// Reads one picture.
    /// - Parameter captured: the instant of the exposure's other lenses; nil for the first, whose picture sets it when its
    ///   first byte arrives.
    func next(camera: CameraID, sequence: Int, captured: Timestamp?, stop: StopSignal) -> Outcome {
        // Wait for the first byte alone: a buffer is taken, and the clock read, when there is a picture.
        var firstByte: UInt8 = 0
        if let failure = withUnsafeMutableBytes(of: &firstByte, { read(into: $0, stop) }) { return failure }
        let captured = captured ?? .now()
        let header = FrameHeader(
            camera: camera, instance: lens.instance, sequence: sequence, captured: captured, width: lens.format.width,
            height: lens.format.height, format: lens.format.pixels)
        // A network stream goes on without us; only a file can wait for a buffer.
        let pace = lens.input.isFile ? settings.pace : .recorded
        guard let draft = pool.draft(header, pace: pace, stop: stop) else {
            return stop.isStopped ? .stopped : skip(header.byteCount - 1, stop) ?? .noFreeBuffer(captured)
        }
        let failure = draft.withUnsafeMutableBytes { bytes -> Outcome? in
            bytes[0] = firstByte
            return read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[1...]), stop)
        }
        if let failure { return failure }
        return .frame(draft.seal())
    }

    private func skip(_ count: Int, _ stop: StopSignal) -> Outcome? {
        if discard.count < count { discard = [UInt8](repeating: 0, count: count) }
        return discard.withUnsafeMutableBytes { read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<count]), stop) }
    }

    /// Nil once `target` is full.
    private func read(into target: UnsafeMutableRawBufferPointer, _ stop: StopSignal) -> Outcome? {
        switch child.read(into: target, stall: settings.stallNanoseconds, stop: stop) {
        case .complete: return nil
        case .stopped: return .stopped
        case .stalled: return .failed(described("no data for \(settings.stallSeconds) s"))
        case .ended:
            let code = child.finish()
            if code == 0, lens.input.isFile { return .finished }
            return .failed(
                described(code.map { $0 == 0 ? "the stream ended" : "ffmpeg exited with \($0)" } ?? "ffmpeg was killed"))
        }
    }

    private func described(_ reason: String) -> String {
        let complaint = lens.input.redacted(child.complaint)
        return "inputs.\(lens.instance): \(reason)" + (complaint.isEmpty ? "" : " (\(complaint))")
    }
}
