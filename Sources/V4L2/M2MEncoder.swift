// SPDX-License-Identifier: Apache-2.0
import CV4L2
public import Codec
public import Core
import Foundation

/// H.264 by an encoder of the board, through Linux's stateful encoder interface (Documentation/userspace-api/media/v4l/
/// dev-encoder.rst): a Raspberry Pi 4's `/dev/video11` and others of its kind.
///
/// Not `Sendable`: one encoder for each thread.
public final class M2MEncoder: VideoEncoder {
    private let node: String
    private let device: any V4L2Node
    private let system: any V4L2System
    private let pictures: M2MQueue
    private let data: M2MQueue
    private let planes: VideoPlanes
    private let layout: cv_planar
    /// Parameter sets of the stream, for drivers that send them once.
    private var parameters: [UInt8] = []

    /// A board that takes longer for a picture than this gives it with one of the next.
    private static let patienceNanoseconds: Int64 = 500_000_000
    private static let pictureBuffers = 3
    private static let dataBuffers = 4

    /// - Throws: `encodingFailed` when the device is not there, is no such encoder or does not take the settings.
    public convenience init(_ settings: VideoSettings, node: String) throws(CodecError) {
        try self.init(settings, node: node, system: V4L2Kernel())
    }

    /// The same on another system.
    package init(_ settings: VideoSettings, node: String, system: any V4L2System) throws(CodecError) {
        let (width, height) = (settings.width & ~1, settings.height & ~1)
        planes = try VideoPlanes(width: width, height: height)
        (self.node, self.system) = (node, system)
        do {
            device = try system.open(node)
            guard Self.isEncoder(device) else { throw CodecError.encodingFailed("\(node) is not a video encoder") }
            (pictures, data) = (M2MQueue(device, .pictures), M2MQueue(device, .data))
            // The kernel's order: what comes out, what goes in, the rest, buffers.
            let room = max(1 << 19, width * height)
            let coded = try data.set(Self.planar(CV_FORMAT_H264, width, height, size: room))
            layout = try pictures.set(Self.planar(CV_FORMAT_I420, width, height, size: 0))
            guard coded.code == UInt32(CV_FORMAT_H264), layout.code == UInt32(CV_FORMAT_I420), layout.planes == 1,
                layout.width >= UInt32(width), layout.height >= UInt32(height), layout.stride >= layout.width,
                layout.stride % 2 == 0, Int(layout.stride) * Int(layout.height) * 3 / 2 <= Int(layout.size)
            else { throw CodecError.encodingFailed("\(node) does not encode \(width) by \(height) pixels") }
            pictures.crop(width: width, height: height)
            pictures.setRate(settings.framesPerSecond)
            Self.tell(device, settings)
            try pictures.prepare(count: Self.pictureBuffers, bytes: Int(layout.size))
            try data.prepare(count: Self.dataBuffers, bytes: 1)
            for index in data.free { try data.give(index) }
            try pictures.start()
            try data.start()
        } catch let error as CodecError {
            throw error
        } catch {
            throw .encodingFailed("\(node): \(error)")
        }
    }

    private static func planar(_ code: Int, _ width: Int, _ height: Int, size: Int) -> cv_planar {
        cv_planar(code: UInt32(code), width: UInt32(width), height: UInt32(height), stride: 0, size: UInt32(size), planes: 1)
    }

    private static func isEncoder(_ device: any V4L2Node) -> Bool {
        var raw = v4l2_capability()
        guard withUnsafeMutablePointer(to: &raw, { device.control(CV_QUERYCAP, $0) }) == 0 else { return false }
        let abilities = raw.capabilities & UInt32(V4L2_CAP_DEVICE_CAPS) != 0 ? raw.device_caps : raw.capabilities
        guard abilities & UInt32(V4L2_CAP_VIDEO_M2M_MPLANE) != 0, abilities & UInt32(V4L2_CAP_STREAMING) != 0 else {
            return false
        }
        // Decoders and scalers are memory-to-memory devices too: an encoder's data are H.264.
        for index in 0..<64 {
            var format = v4l2_fmtdesc()
            format.index = UInt32(index)
            format.type = M2MQueue.Side.data.type
            guard withUnsafeMutablePointer(to: &format, { device.control(CV_ENUM_FMT, $0) }) == 0 else { return false }
            if format.pixelformat == UInt32(CV_FORMAT_H264) { return true }
        }
        return false
    }

    /// Sets what the driver knows of it; one without a control has its own way.
    private static func tell(_ device: any V4L2Node, _ settings: VideoSettings) {
        let profile: v4l2_mpeg_video_h264_profile =
            switch settings.profile {
            case .baseline: V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE
            case .main: V4L2_MPEG_VIDEO_H264_PROFILE_MAIN
            case .high: V4L2_MPEG_VIDEO_H264_PROFILE_HIGH
            }
        let mode = settings.isVariable ? V4L2_MPEG_VIDEO_BITRATE_MODE_VBR : V4L2_MPEG_VIDEO_BITRATE_MODE_CBR
        var controls: [(Int, Int)] = [
            (CV_BIT_RATE_MODE, Int(mode.rawValue)), (CV_BIT_RATE, settings.bitsPerSecond), (CV_B_FRAMES, 0),
            (CV_H264_PROFILE, Int(profile.rawValue)), (CV_GROUP_SIZE, settings.keyInterval),
            (CV_H264_I_PERIOD, settings.keyInterval),
            (CV_HEADER_MODE, Int(V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME.rawValue)), (CV_REPEAT_HEADER, 1),
        ]
        if settings.maximumBitsPerSecond > 0 { controls.append((CV_BIT_RATE_PEAK, settings.maximumBitsPerSecond)) }
        for (id, value) in controls { set(device, id, value) }
    }

    private static func set(_ device: any V4L2Node, _ id: Int, _ value: Int) {
        var raw = v4l2_control(id: UInt32(id), value: Int32(clamping: value))
        _ = withUnsafeMutablePointer(to: &raw) { device.control(CV_S_CTRL, $0) }
    }

    // MARK: VideoEncoder

    /// Encodes a `gray8`, `bgr24`, `bgrPlanar` or `i420` frame; nil when the board has not finished one in time.
    public func encode(_ frame: Frame, isKey: Bool) throws(CodecError) -> VideoUnits? {
        try planes.fill(from: frame)
        do {
            let index = try freePicture()
            fill(pictures.memory[index])
            if isKey { Self.set(device, CV_FORCE_KEY, 1) }
            try pictures.give(index, used: Int(layout.size), stamp: frame.header.captured.nanoseconds)
            return try finished()
        } catch let error as CodecError {
            throw error
        } catch {
            throw .encodingFailed("\(node): \(error)")
        }
    }

    /// A buffer for a picture, once the driver has read one.
    private func freePicture() throws -> Int {
        let deadline = system.now().advanced(byNanoseconds: Self.patienceNanoseconds)
        while true {
            while try pictures.take() != nil {}
            if let index = pictures.free.first { return index }
            guard system.now() < deadline else { throw CodecError.encodingFailed("\(node) no longer accepts pictures") }
            pause()
        }
    }

    /// Copies the three planes row by row: the driver's rows may be longer, and more.
    private func fill(_ target: UnsafeMutableRawBufferPointer) {
        guard let base = target.baseAddress else { return }
        let (stride, rows) = (Int(layout.stride), Int(layout.height))
        planes.withPlanes { y, u, v in
            func copy(_ plane: UnsafePointer<UInt8>, at offset: Int, stride: Int, width: Int, height: Int) {
                for row in 0..<height {
                    (base + offset + row * stride).copyMemory(from: plane + row * width, byteCount: width)
                }
            }
            let (width, height) = (planes.width, planes.height)
            copy(y, at: 0, stride: stride, width: width, height: height)
            copy(u, at: stride * rows, stride: stride / 2, width: width / 2, height: height / 2)
            copy(v, at: stride * rows * 5 / 4, stride: stride / 2, width: width / 2, height: height / 2)
        }
    }

    /// The next encoded picture.
    private func finished() throws -> VideoUnits? {
        let deadline = system.now().advanced(byNanoseconds: Self.patienceNanoseconds)
        repeat {
            while let taken = try data.take() {
                let bytes = Array(data.memory[taken.index].prefix(taken.isBroken ? 0 : taken.used))
                try data.give(taken.index)
                guard !taken.isBroken else { throw CodecError.encodingFailed("\(node) marked a picture as damaged") }
                if let units = joined(VideoUnits(bytes: bytes, isKey: taken.isKey)) { return units }
            }
            pause()
        } while system.now() < deadline
        return nil
    }

    private func pause() {
        var ready = [false]
        system.wait(for: [device], milliseconds: 20, ready: &ready)
    }

    /// With the parameter sets before each key picture, so that decoding can begin there; nil for parameter sets alone.
    private func joined(_ units: VideoUnits) -> VideoUnits? {
        let types = Set(units.units.map { units.bytes[$0.lowerBound] & 0x1F })
        guard !types.isEmpty else { return nil }
        if types.contains(7) {
            let code: [UInt8] = [0, 0, 0, 1]
            parameters = [7, 8].compactMap { units.unit(ofType: $0) }.flatMap { code + $0 }
            return types.isSubset(of: [7, 8, 9]) ? nil : units
        }
        guard types.contains(5) else { return units }
        return VideoUnits(bytes: parameters + units.bytes, isKey: true)
    }
}

extension M2MEncoder {
    /// The board's H.264 encoder; nil without one. Opens only nodes that are encoders by their driver's name: a camera
    /// would wake.
    public static func boardsNode() -> String? { boardsNode(V4L2Kernel(), names: names()) }

    /// The same on another system.
    /// - Parameter names: what drivers call their nodes, by node.
    package static func boardsNode(_ system: any V4L2System, names: [(node: String, name: String)]) -> String? {
        names.first { entry in
            guard entry.name.lowercased().contains("enc"), let device = try? system.open(entry.node) else { return false }
            return isEncoder(device)
        }?.node
    }

    private static func names() -> [(node: String, name: String)] {
        let folder = "/sys/class/video4linux"
        let nodes = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return nodes.sorted().compactMap { node in
            let name = try? String(contentsOfFile: "\(folder)/\(node)/name", encoding: .utf8)
            return name.map { ("/dev/\(node)", $0) }
        }
    }
}
