// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Capture
import Core
import Foundation
import V4L2

/// A kernel with cameras that a test makes up, and a clock that only moves when somebody waits.
///
/// `@unchecked Sendable`: a test uses it from one thread.
final class FakeVideo: V4L2System, @unchecked Sendable {
    var cameras: [String: FakeCamera] = [:]
    var clock: Int64 = 1_000_000_000_000
    /// An errno for each opening that is to fail.
    var openFailures: [String: Int32] = [:]

    init(_ cameras: [String: FakeCamera]) {
        self.cameras = cameras
        for camera in cameras.values { camera.system = self }
    }

    convenience init(_ camera: FakeCamera) { self.init(["/dev/video0": camera]) }

    func open(_ node: String) throws(V4L2CallError) -> any V4L2Node {
        if let code = openFailures[node] { throw V4L2CallError(call: nil, errno: code) }
        guard let camera = cameras[node] else { throw V4L2CallError(call: nil, errno: ENOENT) }
        return camera
    }

    func wait(for devices: [any V4L2Node], milliseconds: Int32, ready: inout [Bool]) {
        let limit = clock + Int64(milliseconds) * 1_000_000
        let due = devices.compactMap { ($0 as? FakeCamera)?.due }.min() ?? limit
        clock = min(max(clock, due), limit)
        for (index, device) in devices.enumerated() { ready[index] = ((device as? FakeCamera)?.due).map { $0 <= clock } ?? false }
    }

    func now() -> Timestamp { Timestamp(nanoseconds: clock) }
}

/// One picture as a faulty driver may hand it out.
struct FakePicture {
    var bytes: [UInt8]
    /// What the driver says it filled; the truth when nil.
    var used: UInt32?
    var flags: UInt32 = UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
    var number: UInt32?
    /// The driver's stamp against the moment the picture is ready, in nanoseconds.
    var stampOffset: Int64 = 0
    var index: UInt32?
}

/// A camera in memory.
final class FakeCamera: V4L2Node {
    struct Size {
        var code: UInt32
        var width: UInt32
        var height: UInt32
        var intervals: [(UInt32, UInt32)]
    }

    struct Control {
        var id: Int
        var name: String
        var range: ClosedRange<Int32>
        var step: Int32 = 1
        var value: Int32 = 0
        var flags: UInt32 = 0
        var standard: Int32 = 0
    }

    let descriptor: Int32 = -1
    weak var system: FakeVideo?
    var sizes: [Size]
    var controls: [Control] = []
    var capabilities = UInt32(V4L2_CAP_VIDEO_CAPTURE) | UInt32(V4L2_CAP_STREAMING)
    /// Changes what the driver answers to a request for a format.
    var answer: (inout v4l2_pix_format) -> Void = { _ in }
    var rateAnswer: ((inout v4l2_fract) -> Void) = { _ in }
    /// The picture number so and so; nil when the camera has frozen.
    var picture: (Int) -> FakePicture?
    /// An errno for the call number so and so (from 1) of a kind.
    var fault: (cv_call, Int) -> Int32 = { _, _ in 0 }
    /// An errno for a control that is to be set.
    var refusal: (FakeCamera, _ id: Int, _ value: Int32) -> Int32 = { _, _, _ in 0 }
    var givenBuffers: UInt32?
    var bufferLength: UInt32?
    var mapFails = false
    /// Between two pictures, nanoseconds.
    var period: Int64 = 33_333_333
    /// Of the first picture, after the stream's start.
    var phase: Int64 = 0

    private(set) var calls: [UInt32: Int] = [:]
    private(set) var mapped = 0
    private(set) var format = v4l2_pix_format()
    private var memory: [UnsafeMutableRawBufferPointer?] = []
    private var queue: [Int] = []
    private var nextAt: Int64?
    private var made = 0

    init(_ sizes: [Size], picture: @escaping (Int) -> FakePicture?) {
        self.sizes = sizes
        self.picture = picture
        format.pixelformat = sizes.first?.code ?? 0
        format.width = sizes.first?.width ?? 0
        format.height = sizes.first?.height ?? 0
    }

    /// A grey camera whose pictures are filled with their number.
    static func grey(_ width: UInt32 = 64, _ height: UInt32 = 48, fps: UInt32 = 30) -> FakeCamera {
        FakeCamera([Size(code: V4L2Format.grey.code, width: width, height: height, intervals: [(1, fps)])]) {
            FakePicture(bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: Int(width * height)))
        }
    }

    /// When the next picture, or the next error, is there; nil when nothing will come.
    var due: Int64? {
        if fault(CV_DQBUF, calls[CV_DQBUF.rawValue, default: 0] + 1) != 0, nextAt != nil { return 0 }
        guard let nextAt, !queue.isEmpty, picture(made) != nil else { return nil }
        return nextAt
    }

    func control(_ call: cv_call, _ argument: UnsafeMutableRawPointer) -> Int32 {
        calls[call.rawValue, default: 0] += 1
        let code = fault(call, calls[call.rawValue, default: 0])
        if code != 0 { return code }
        switch call {
        case CV_QUERYCAP: describe(argument.assumingMemoryBound(to: v4l2_capability.self))
        case CV_ENUM_FMT: return list(argument.assumingMemoryBound(to: v4l2_fmtdesc.self))
        case CV_ENUM_FRAMESIZES: return list(argument.assumingMemoryBound(to: v4l2_frmsizeenum.self))
        case CV_ENUM_FRAMEINTERVALS: return list(argument.assumingMemoryBound(to: v4l2_frmivalenum.self))
        case CV_G_FMT: argument.assumingMemoryBound(to: v4l2_format.self).pointee.fmt.pix = format
        case CV_S_FMT: set(argument.assumingMemoryBound(to: v4l2_format.self))
        case CV_S_PARM: rateAnswer(&argument.assumingMemoryBound(to: v4l2_streamparm.self).pointee.parm.capture.timeperframe)
        case CV_QUERYCTRL, CV_G_CTRL, CV_S_CTRL: return answerControl(call, argument)
        case CV_REQBUFS: give(argument.assumingMemoryBound(to: v4l2_requestbuffers.self))
        case CV_QUERYBUF:
            argument.assumingMemoryBound(to: v4l2_buffer.self).pointee.length = bufferLength ?? format.sizeimage
        case CV_QBUF: queue.append(Int(argument.assumingMemoryBound(to: v4l2_buffer.self).pointee.index))
        case CV_DQBUF: return take(argument.assumingMemoryBound(to: v4l2_buffer.self))
        case CV_STREAMON: nextAt = (system?.clock ?? 0) + phase
        case CV_STREAMOFF: (nextAt, queue) = (nil, [])
        default: break
        }
        return 0
    }

    private func describe(_ raw: UnsafeMutablePointer<v4l2_capability>) {
        raw.pointee.capabilities = UInt32(V4L2_CAP_DEVICE_CAPS)
        raw.pointee.device_caps = capabilities
        fill(&raw.pointee.driver, "fake\u{1B}")
        // As long as the field, without an end.
        fill(&raw.pointee.card, String(repeating: "c", count: 32))
    }

    private func fill<Field>(_ field: inout Field, _ text: String) {
        withUnsafeMutableBytes(of: &field) { $0.copyBytes(from: text.utf8.prefix($0.count)) }
    }

    private var codes: [UInt32] { sizes.reduce(into: []) { if !$0.contains($1.code) { $0.append($1.code) } } }

    private func list(_ raw: UnsafeMutablePointer<v4l2_fmtdesc>) -> Int32 {
        guard codes.indices.contains(Int(raw.pointee.index)) else { return EINVAL }
        raw.pointee.pixelformat = codes[Int(raw.pointee.index)]
        return 0
    }

    private func list(_ raw: UnsafeMutablePointer<v4l2_frmsizeenum>) -> Int32 {
        let found = sizes.filter { $0.code == raw.pointee.pixel_format }
        guard found.indices.contains(Int(raw.pointee.index)) else { return EINVAL }
        let size = found[Int(raw.pointee.index)]
        raw.pointee.type = V4L2_FRMSIZE_TYPE_DISCRETE.rawValue
        raw.pointee.discrete = v4l2_frmsize_discrete(width: size.width, height: size.height)
        return 0
    }

    private func list(_ raw: UnsafeMutablePointer<v4l2_frmivalenum>) -> Int32 {
        let wanted = raw.pointee
        let size = sizes.first { $0.code == wanted.pixel_format && $0.width == wanted.width && $0.height == wanted.height }
        guard let size, size.intervals.indices.contains(Int(wanted.index)) else { return EINVAL }
        raw.pointee.type = V4L2_FRMIVAL_TYPE_DISCRETE.rawValue
        let interval = size.intervals[Int(wanted.index)]
        raw.pointee.discrete = v4l2_fract(numerator: interval.0, denominator: interval.1)
        return 0
    }

    private func set(_ raw: UnsafeMutablePointer<v4l2_format>) {
        format = raw.pointee.fmt.pix
        let rows = V4L2Format(code: format.pixelformat)
        let stride: UInt32 = rows == .mjpeg ? 0 : rows == .y16 || rows == .yuyv ? format.width * 2 : format.width
        format.bytesperline = stride
        format.sizeimage =
            rows == .mjpeg ? format.width * format.height * 2 : stride * format.height * (rows == .nv12 ? 3 : 2) / 2
        answer(&format)
        raw.pointee.fmt.pix = format
    }

    private func answerControl(_ call: cv_call, _ argument: UnsafeMutableRawPointer) -> Int32 {
        guard call == CV_QUERYCTRL else {
            let raw = argument.assumingMemoryBound(to: v4l2_control.self)
            guard let index = controls.firstIndex(where: { $0.id == Int(raw.pointee.id) }) else { return EINVAL }
            guard call == CV_S_CTRL else {
                raw.pointee.value = controls[index].value
                return 0
            }
            let code = refusal(self, controls[index].id, raw.pointee.value)
            if code == 0 { controls[index].value = raw.pointee.value }
            return code
        }
        let raw = argument.assumingMemoryBound(to: v4l2_queryctrl.self)
        let after = Int(raw.pointee.id & ~UInt32(V4L2_CTRL_FLAG_NEXT_CTRL))
        guard let next = controls.sorted(by: { $0.id < $1.id }).first(where: { $0.id > after }) else { return EINVAL }
        raw.pointee.id = UInt32(next.id)
        raw.pointee.type = V4L2_CTRL_TYPE_INTEGER.rawValue
        (raw.pointee.minimum, raw.pointee.maximum, raw.pointee.step) = (next.range.lowerBound, next.range.upperBound, next.step)
        raw.pointee.flags = next.flags
        raw.pointee.default_value = next.standard
        fill(&raw.pointee.name, next.name)
        return 0
    }

    private func give(_ raw: UnsafeMutablePointer<v4l2_requestbuffers>) {
        if raw.pointee.count > 0 { raw.pointee.count = givenBuffers ?? raw.pointee.count }
        memory = Array(repeating: nil, count: Int(min(raw.pointee.count, 1000)))
    }

    private func take(_ raw: UnsafeMutablePointer<v4l2_buffer>) -> Int32 {
        guard let system, let at = nextAt, at <= system.clock, !queue.isEmpty, let picture = picture(made) else { return EAGAIN }
        let index = queue.removeFirst()
        if memory.indices.contains(index), let target = memory[index] {
            target.copyBytes(from: picture.bytes.prefix(target.count))
        }
        let stamp = at + picture.stampOffset
        raw.pointee.index = picture.index ?? UInt32(index)
        raw.pointee.bytesused = picture.used ?? UInt32(picture.bytes.count)
        raw.pointee.flags = picture.flags
        raw.pointee.sequence = picture.number ?? UInt32(made)
        raw.pointee.timestamp = timeval(tv_sec: Int(stamp / 1_000_000_000), tv_usec: Int(stamp % 1_000_000_000 / 1000))
        made += 1
        nextAt = at + period
        return 0
    }

    func map(length: Int, offset: Int) -> V4L2Mapping {
        if mapFails { return .failed(errno: ENOMEM) }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 64)
        if let free = memory.firstIndex(where: { $0 == nil }) { memory[free] = bytes }
        mapped += 1
        return .mapped(bytes)
    }

    func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        if let index = self.memory.firstIndex(where: { $0?.baseAddress == memory.baseAddress }) { self.memory[index] = nil }
        memory.deallocate()
        mapped -= 1
    }
}

/// What a run of a source came to.
struct FakeRun {
    var frames: [Frame] = []
    var error: CaptureError?
    var counters = CaptureCounters()
    var source: V4L2Source?

    /// Opens a source on a fake system and runs it until so many frames have come or it fails.
    init(_ settings: V4L2Settings, on system: FakeVideo, frames limit: Int, keep: Bool = true) {
        let stop = StopSignal()
        var count = 0
        do {
            let source = try V4L2Source(settings: settings, camera: CameraID("test")!, system: system)
            self.source = source
            try source.runFrames(counters: counters, stop: stop) { frame in
                count += 1
                if keep { frames.append(frame) }
                if count >= limit { stop.stop() }
            }
        } catch {
            self.error = error as? CaptureError ?? .lost("not a capture error: \(error)")
        }
    }

    /// The same for one camera.
    init(
        _ camera: FakeCamera, _ settings: V4L2Camera = V4L2Camera(node: "/dev/video0"), as lens: CameraInstance = .left,
        frames: Int = 3
    ) {
        self.init(
            V4L2Settings(layout: .single(settings, lens), buffers: 100), on: FakeVideo(["/dev/video0": camera]), frames: frames,
            keep: frames <= 100)
    }

    func bytes(_ index: Int) -> [UInt8] { frames.indices.contains(index) ? frames[index].withUnsafeBytes { Array($0) } : [] }
}
