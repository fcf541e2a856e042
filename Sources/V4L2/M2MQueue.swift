// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Core
import Foundation

/// One of the two queues of a memory-to-memory device, through the multi-planar interface with one plane: its buffers,
/// mapped, and who has them. Everything is given back when it ends.
final class M2MQueue {
    enum Side {
        /// Pictures go in. The kernel calls it the output queue.
        case pictures
        /// Encoded data come out. The kernel calls it the capture queue.
        case data

        var type: UInt32 {
            (self == .pictures ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE).rawValue
        }
    }

    /// A buffer the driver is done with.
    struct Taken {
        var index: Int
        var used: Int
        var isKey: Bool
        var isBroken: Bool
    }

    private let device: any V4L2Node
    private let side: Side
    private(set) var memory: [UnsafeMutableRawBufferPointer] = []
    /// Buffers that are ours now.
    private(set) var free: [Int] = []
    private var isStreaming = false

    private static let largestBuffer = 64 << 20

    init(_ device: any V4L2Node, _ side: Side) {
        (self.device, self.side) = (device, side)
    }

    deinit {
        // A device that is gone refuses all of it, which changes nothing.
        var type = side.type
        if isStreaming { _ = withUnsafeMutablePointer(to: &type) { device.control(CV_STREAMOFF, $0) } }
        memory.forEach(device.unmap)
        if !memory.isEmpty { _ = try? request(0) }
    }

    private func call<Argument>(_ call: cv_call, _ argument: inout Argument) throws(V4L2CallError) {
        let code = withUnsafeMutablePointer(to: &argument) { device.control(call, $0) }
        guard code == 0 else { throw V4L2CallError(call: call, errno: code) }
    }

    /// Sets the format; the driver may answer with another.
    func set(_ format: cv_planar) throws(V4L2CallError) -> cv_planar {
        var (format, raw) = (format, v4l2_format())
        cv_put_planar(&raw, side.type, &format)
        try call(CV_S_FMT, &raw)
        return cv_get_planar(&raw)
    }

    /// Pictures a second; a driver without a say is left alone.
    func setRate(_ framesPerSecond: Double) {
        var raw = v4l2_streamparm()
        raw.type = side.type
        raw.parm.output.timeperframe = v4l2_fract(numerator: 1000, denominator: UInt32(max(1, framesPerSecond) * 1000))
        try? call(CV_S_PARM, &raw)
    }

    /// The part of a picture that counts, where the driver's is larger.
    func crop(width: Int, height: Int) {
        var raw = v4l2_selection()
        // Selections know only the single-planar names of the queues.
        raw.type = (side == .pictures ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE).rawValue
        raw.target = UInt32(V4L2_SEL_TGT_CROP)
        raw.r = v4l2_rect(left: 0, top: 0, width: UInt32(width), height: UInt32(height))
        try? call(CV_S_SELECTION, &raw)
    }

    private func request(_ count: Int) throws(V4L2CallError) -> Int {
        var raw = v4l2_requestbuffers()
        raw.count = UInt32(count)
        raw.type = side.type
        raw.memory = V4L2_MEMORY_MMAP.rawValue
        try call(CV_REQBUFS, &raw)
        return Int(raw.count)
    }

    /// Requests buffers of at least that many bytes and maps them.
    func prepare(count: Int, bytes: Int) throws(V4L2CallError) {
        let given = try request(count)
        guard (1...32).contains(given) else { throw V4L2CallError(call: CV_REQBUFS, errno: ENOMEM) }
        for index in 0..<given {
            var plane = v4l2_plane()
            try exchange(CV_QUERYBUF, index, &plane)
            let length = Int(plane.length)
            guard length >= bytes, length <= Self.largestBuffer,
                case .mapped(let mapped) = device.map(length: length, offset: Int(plane.m.mem_offset))
            else { throw V4L2CallError(call: CV_QUERYBUF, errno: ENOMEM) }
            memory.append(mapped)
            free.append(index)
        }
    }

    func start() throws(V4L2CallError) {
        var type = side.type
        try call(CV_STREAMON, &type)
        isStreaming = true
    }

    @discardableResult
    private func exchange(
        _ kind: cv_call, _ index: Int, _ plane: inout v4l2_plane, stamp: Int64 = 0
    ) throws(V4L2CallError) -> v4l2_buffer {
        var raw = v4l2_buffer()
        raw.index = UInt32(index)
        raw.type = side.type
        raw.memory = V4L2_MEMORY_MMAP.rawValue
        raw.length = 1
        raw.timestamp = timeval(tv_sec: Int(stamp / 1_000_000_000), tv_usec: Int(stamp % 1_000_000_000 / 1000))
        let code = withUnsafeMutablePointer(to: &plane) { plane in
            raw.m.planes = plane
            return withUnsafeMutablePointer(to: &raw) { device.control(kind, $0) }
        }
        guard code == 0 else { throw V4L2CallError(call: kind, errno: code) }
        return raw
    }

    /// Queues a free buffer with that many bytes in it.
    func give(_ index: Int, used: Int = 0, stamp: Int64 = 0) throws(V4L2CallError) {
        var plane = v4l2_plane()
        plane.bytesused = UInt32(used)
        plane.length = UInt32(memory[index].count)
        try exchange(CV_QBUF, index, &plane, stamp: stamp)
        free.removeAll { $0 == index }
    }

    /// Dequeues a buffer that the driver is done with; nil when there is none yet.
    func take() throws(V4L2CallError) -> Taken? {
        var plane = v4l2_plane()
        let raw: v4l2_buffer
        do {
            raw = try exchange(CV_DQBUF, 0, &plane)
        } catch {
            if error.errno == EAGAIN { return nil }
            throw error
        }
        let index = Int(raw.index)
        guard memory.indices.contains(index), !free.contains(index) else { throw V4L2CallError(call: CV_DQBUF, errno: EPROTO) }
        free.append(index)
        return Taken(
            index: index, used: Int(plane.bytesused), isKey: raw.flags & UInt32(V4L2_BUF_FLAG_KEYFRAME) != 0,
            isBroken: raw.flags & UInt32(V4L2_BUF_FLAG_ERROR) != 0 || Int(plane.bytesused) > memory[index].count)
    }
}
