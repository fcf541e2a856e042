// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Capture
import Core
import Foundation
import V4L2

/// A stateful encoder of a board in memory, with a driver that holds callers to the order of the kernel's document: what
/// is asked too early, twice or of the wrong queue is refused. What it makes of a picture is a script.
final class FakeVideoEncoder: V4L2Node {
    /// One encoded picture, or nil while the driver has nothing to give yet.
    var encode: (_ picture: [UInt8], _ number: Int, _ isForced: Bool) -> (bytes: [UInt8], flags: UInt32)?
    var capabilities = UInt32(V4L2_CAP_VIDEO_M2M_MPLANE) | UInt32(V4L2_CAP_STREAMING)
    var formats = [UInt32(CV_FORMAT_H264)]
    /// Changes what the driver answers to a request for the format of the pictures.
    var answer: (inout cv_planar) -> Void = { $0.stride = ($0.width + 31) & ~31 }
    /// An errno for the call number so and so (from 1) of a kind.
    var fault: (cv_call, Int) -> Int32 = { _, _ in 0 }
    /// Controls the driver does not know.
    var unknown: Set<Int> = []

    let descriptor: Int32 = -1
    private(set) var controls: [Int: Int32] = [:]
    private(set) var complaints: [String] = []
    private(set) var mapped = 0
    private(set) var streaming: Set<UInt32> = []
    private var calls: [UInt32: Int] = [:]
    private var sizes: [UInt32: Int] = [:]
    private var memory: [UInt32: [UnsafeMutableRawBufferPointer?]] = [:]
    private var pictures: [Int] = []
    private var read: [Int] = []
    private var empty: [Int] = []
    private var made: [(index: Int, used: Int, flags: UInt32)] = []
    private var number = 0
    private var isForced = false

    static let pictureQueue = V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE.rawValue
    static let dataQueue = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue

    init(_ encode: @escaping (_ picture: [UInt8], _ number: Int, _ isForced: Bool) -> (bytes: [UInt8], flags: UInt32)?) {
        self.encode = encode
    }

    private func refuse(_ complaint: String) -> Int32 {
        complaints.append(complaint)
        return EINVAL
    }

    func control(_ call: cv_call, _ argument: UnsafeMutableRawPointer) -> Int32 {
        calls[call.rawValue, default: 0] += 1
        let code = fault(call, calls[call.rawValue, default: 0])
        if code != 0 { return code }
        switch call {
        case CV_QUERYCAP:
            let raw = argument.assumingMemoryBound(to: v4l2_capability.self)
            raw.pointee.capabilities = UInt32(V4L2_CAP_DEVICE_CAPS)
            raw.pointee.device_caps = capabilities
        case CV_ENUM_FMT:
            let raw = argument.assumingMemoryBound(to: v4l2_fmtdesc.self)
            guard raw.pointee.type == Self.dataQueue, formats.indices.contains(Int(raw.pointee.index)) else { return EINVAL }
            raw.pointee.pixelformat = formats[Int(raw.pointee.index)]
        case CV_S_FMT: return set(argument.assumingMemoryBound(to: v4l2_format.self))
        case CV_S_CTRL:
            let raw = argument.assumingMemoryBound(to: v4l2_control.self).pointee
            guard !unknown.contains(Int(raw.id)) else { return EINVAL }
            controls[Int(raw.id)] = raw.value
            if Int(raw.id) == CV_FORCE_KEY { isForced = true }
        case CV_S_PARM, CV_S_SELECTION: break
        case CV_REQBUFS: return request(argument.assumingMemoryBound(to: v4l2_requestbuffers.self))
        case CV_QUERYBUF, CV_QBUF, CV_DQBUF: return buffer(call, argument.assumingMemoryBound(to: v4l2_buffer.self))
        case CV_STREAMON: return start(argument.assumingMemoryBound(to: UInt32.self).pointee)
        case CV_STREAMOFF: streaming.remove(argument.assumingMemoryBound(to: UInt32.self).pointee)
        default: return ENOTTY
        }
        return 0
    }

    private func set(_ raw: UnsafeMutablePointer<v4l2_format>) -> Int32 {
        var format = cv_get_planar(raw)
        let type = raw.pointee.type
        if type == Self.pictureQueue {
            guard sizes[Self.dataQueue] != nil else { return refuse("the coded format comes first") }
            answer(&format)
            // The board wants whole macroblocks.
            format.height = (format.height + 15) & ~15
            format.size = format.stride * format.height * 3 / 2
        }
        guard memory[type] == nil else { return EBUSY }
        sizes[type] = Int(format.size)
        cv_put_planar(raw, type, &format)
        return 0
    }

    private func request(_ raw: UnsafeMutablePointer<v4l2_requestbuffers>) -> Int32 {
        let type = raw.pointee.type
        guard sizes[type] != nil else { return refuse("buffers before a format") }
        guard raw.pointee.count > 0 else {
            guard !streaming.contains(type) else { return refuse("buffers taken from a running queue") }
            memory[type] = nil
            return 0
        }
        memory[type] = Array(repeating: nil, count: Int(raw.pointee.count))
        return 0
    }

    private func buffer(_ call: cv_call, _ raw: UnsafeMutablePointer<v4l2_buffer>) -> Int32 {
        let (type, index) = (raw.pointee.type, Int(raw.pointee.index))
        guard raw.pointee.length == 1, let plane = raw.pointee.m.planes else { return refuse("no plane") }
        switch call {
        case CV_QUERYBUF:
            plane.pointee.length = UInt32(sizes[type] ?? 0)
            plane.pointee.m.mem_offset = (type == Self.dataQueue ? 0x4000_0000 : 0) + UInt32(index) * 4096
            return 0
        case CV_QBUF:
            guard memory[type]?.indices.contains(index) == true else { return refuse("no buffer \(index)") }
            if type == Self.dataQueue {
                guard !empty.contains(index) else { return refuse("data buffer \(index) given twice") }
                empty.append(index)
            } else {
                guard !pictures.contains(index), !read.contains(index) else {
                    return refuse("picture buffer \(index) given twice")
                }
                guard Int(plane.pointee.bytesused) == sizes[type] else { return refuse("a picture of another size") }
                pictures.append(index)
            }
            work()
            return 0
        default:
            if type == Self.pictureQueue {
                guard !read.isEmpty else { return EAGAIN }
                raw.pointee.index = UInt32(read.removeFirst())
            } else {
                guard !made.isEmpty else { return EAGAIN }
                let done = made.removeFirst()
                (raw.pointee.index, raw.pointee.flags, plane.pointee.bytesused) = (
                    UInt32(done.index), done.flags, UInt32(done.used)
                )
            }
            return 0
        }
    }

    private func start(_ type: UInt32) -> Int32 {
        guard memory[type]?.allSatisfy({ $0 != nil }) == true else { return refuse("a queue starts without its buffers mapped") }
        streaming.insert(type)
        work()
        return 0
    }

    /// Reads pictures and makes data, once both queues run.
    private func work() {
        guard streaming == [Self.pictureQueue, Self.dataQueue] else { return }
        while let picture = pictures.first, let target = empty.first {
            let bytes = memory[Self.pictureQueue]?[picture].map { Array($0) } ?? []
            guard let data = encode(bytes, number, isForced) else { return }
            number += 1
            isForced = false
            pictures.removeFirst()
            read.append(picture)
            empty.removeFirst()
            memory[Self.dataQueue]?[target]?.copyBytes(from: data.bytes)
            made.append((target, data.bytes.count, data.flags))
        }
    }

    func map(length: Int, offset: Int) -> V4L2Mapping {
        let isData = offset >= 0x4000_0000
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 64)
        _ = bytes.initializeMemory(as: UInt8.self, repeating: 0xEE)
        memory[isData ? Self.dataQueue : Self.pictureQueue]?[(offset & 0xFFF_FFFF) / 4096] = bytes
        mapped += 1
        return .mapped(bytes)
    }

    func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        memory.deallocate()
        mapped -= 1
    }
}

/// A kernel with one such board, and a clock that only moves when somebody waits.
///
/// `@unchecked Sendable`: a test uses it from one thread.
final class FakeBoard: V4L2System, @unchecked Sendable {
    let device: FakeVideoEncoder
    var clock: Int64 = 1_000_000_000
    var opened: [String] = []

    init(_ device: FakeVideoEncoder) { self.device = device }

    func open(_ node: String) throws(V4L2CallError) -> any V4L2Node {
        opened.append(node)
        guard node == "/dev/video11" else { throw V4L2CallError(call: nil, errno: ENOENT) }
        return device
    }

    func wait(for devices: [any V4L2Node], milliseconds: Int32, ready: inout [Bool]) {
        clock += Int64(milliseconds) * 1_000_000
    }

    func now() -> Timestamp { Timestamp(nanoseconds: clock) }
}
