// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Capture
import Core
import Foundation
import V4L2

/// A camera that plays the JPEG pictures of a file over and over, as fast as they are taken: the whole way of a picture
/// but for the driver.
///
/// `@unchecked Sendable`: used by the one thread that runs the source.
final class FileVideo: V4L2System, @unchecked Sendable {
    private let camera: FileCamera

    /// - Throws: when the file cannot be read or holds no JPEG.
    init(path: String, width: Int, height: Int) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        camera = FileCamera(FileVideo.split(bytes), width: UInt32(width), height: UInt32(height))
        guard camera.pictures > 0 else {
            throw CaptureError.unusable(what: path, remedy: "give JPEG pictures one after the other")
        }
    }

    /// Pictures in the file.
    var pictures: Int { camera.pictures }

    /// Cuts at every start of a picture. `FF D8 FF` cannot stand inside one: entropy-coded data has no such bytes.
    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        let starts = bytes.indices.dropLast(2).filter { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xD8 && bytes[$0 + 2] == 0xFF }
        return starts.enumerated().map { Array(bytes[$1..<($0 + 1 < starts.count ? starts[$0 + 1] : bytes.count)]) }
    }

    func open(_ node: String) throws(V4L2CallError) -> any V4L2Node { camera }

    func wait(for devices: [any V4L2Node], milliseconds: Int32, ready: inout [Bool]) {
        for index in ready.indices { ready[index] = true }
    }

    func now() -> Timestamp { .now() }
}

/// The driver's part.
private final class FileCamera: V4L2Node {
    let descriptor: Int32 = -1
    private let contents: [[UInt8]]
    private var format = v4l2_pix_format()
    private var memory: [UnsafeMutableRawBufferPointer] = []
    private var queue: [UInt32] = []
    private var next = 0

    init(_ contents: [[UInt8]], width: UInt32, height: UInt32) {
        self.contents = contents
        format.pixelformat = V4L2Format.mjpeg.code
        (format.width, format.height, format.sizeimage) = (width, height, UInt32(contents.map(\.count).max() ?? 1))
    }

    var pictures: Int { contents.count }

    func control(_ call: cv_call, _ argument: UnsafeMutableRawPointer) -> Int32 {
        switch call {
        case CV_QUERYCAP:
            let abilities = UInt32(V4L2_CAP_VIDEO_CAPTURE) | UInt32(V4L2_CAP_STREAMING)
            argument.assumingMemoryBound(to: v4l2_capability.self).pointee.capabilities = abilities
        case CV_ENUM_FMT:
            let raw = argument.assumingMemoryBound(to: v4l2_fmtdesc.self)
            guard raw.pointee.index == 0 else { return EINVAL }
            raw.pointee.pixelformat = format.pixelformat
        case CV_ENUM_FRAMESIZES:
            let raw = argument.assumingMemoryBound(to: v4l2_frmsizeenum.self)
            guard raw.pointee.index == 0 else { return EINVAL }
            raw.pointee.type = V4L2_FRMSIZE_TYPE_DISCRETE.rawValue
            raw.pointee.discrete = v4l2_frmsize_discrete(width: format.width, height: format.height)
        case CV_ENUM_FRAMEINTERVALS, CV_QUERYCTRL, CV_G_PARM: return EINVAL
        case CV_G_FMT, CV_S_FMT: argument.assumingMemoryBound(to: v4l2_format.self).pointee.fmt.pix = format
        case CV_QUERYBUF: argument.assumingMemoryBound(to: v4l2_buffer.self).pointee.length = format.sizeimage
        case CV_QBUF: queue.append(argument.assumingMemoryBound(to: v4l2_buffer.self).pointee.index)
        case CV_DQBUF: return take(argument.assumingMemoryBound(to: v4l2_buffer.self))
        default: break
        }
        return 0
    }

    private func take(_ raw: UnsafeMutablePointer<v4l2_buffer>) -> Int32 {
        guard !queue.isEmpty else { return EAGAIN }
        raw.pointee.index = queue.removeFirst()
        memory[Int(raw.pointee.index)].copyBytes(from: contents[next % contents.count])
        raw.pointee.bytesused = UInt32(contents[next % contents.count].count)
        raw.pointee.sequence = UInt32(truncatingIfNeeded: next)
        next += 1
        return 0
    }

    func map(length: Int, offset: Int) -> V4L2Mapping {
        memory.append(.allocate(byteCount: length, alignment: 64))
        return .mapped(memory[memory.count - 1])
    }

    func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        memory.deallocate()
    }
}
