// SPDX-License-Identifier: Apache-2.0
package import CV4L2
import Foundation

/// What a node says it is.
package struct V4L2Identity: Sendable, Hashable {
    package var driver: String
    package var card: String
    package var bus: String
    package var isCapture: Bool
    package var streams: Bool
    /// It has pictures, but only through the multi-planar interface.
    package var isPlanarOnly: Bool
}

/// How a node's pictures are laid out, as its driver says and `V4L2Validation` believes.
package struct V4L2PictureLayout: Sendable, Hashable {
    package var code: UInt32
    package var width: Int
    package var height: Int
    /// Bytes from one row to the next; 0 for JPEG.
    package var stride: Int
    /// Bytes a buffer has to have.
    package var byteCount: Int
    package var isFullRange: Bool
}

/// The kernel's calls with Swift types around them. Numbers come back as the driver gave them, unchecked.
package final class V4L2Device {
    package let device: any V4L2Node

    package init(_ device: any V4L2Node) {
        self.device = device
    }

    private static let bufferType = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue

    private func call<Argument>(_ call: cv_call, _ argument: inout Argument) throws(V4L2CallError) {
        let code = withUnsafeMutablePointer(to: &argument) { device.control(call, $0) }
        guard code == 0 else { throw V4L2CallError(call: call, errno: code) }
    }

    /// Nil at the end of a list (EINVAL) and where a driver does not know the question (ENOTTY).
    private func item<Argument>(_ call: cv_call, _ argument: inout Argument) throws(V4L2CallError) -> Bool {
        let code = withUnsafeMutablePointer(to: &argument) { device.control(call, $0) }
        switch code {
        case 0: return true
        case EINVAL, ENOTTY: return false
        default: throw V4L2CallError(call: call, errno: code)
        }
    }

    // MARK: What it is

    package func identity() throws(V4L2CallError) -> V4L2Identity {
        var raw = v4l2_capability()
        try call(CV_QUERYCAP, &raw)
        // A driver with several nodes says for each what that one can.
        let abilities = raw.capabilities & UInt32(V4L2_CAP_DEVICE_CAPS) != 0 ? raw.device_caps : raw.capabilities
        let isCapture = abilities & UInt32(V4L2_CAP_VIDEO_CAPTURE) != 0
        return V4L2Identity(
            driver: V4L2Text.cleaned(&raw.driver), card: V4L2Text.cleaned(&raw.card), bus: V4L2Text.cleaned(&raw.bus_info),
            isCapture: isCapture, streams: abilities & UInt32(V4L2_CAP_STREAMING) != 0,
            isPlanarOnly: !isCapture && abilities & UInt32(V4L2_CAP_VIDEO_CAPTURE_MPLANE) != 0)
    }

    /// The code of the format number `index`; nil behind the last.
    package func formatCode(_ index: Int) throws(V4L2CallError) -> UInt32? {
        var raw = v4l2_fmtdesc()
        raw.index = UInt32(index)
        raw.type = Self.bufferType
        return try item(CV_ENUM_FMT, &raw) ? raw.pixelformat : nil
    }

    package func frameSize(_ index: Int, code: UInt32) throws(V4L2CallError) -> v4l2_frmsizeenum? {
        var raw = v4l2_frmsizeenum()
        raw.index = UInt32(index)
        raw.pixel_format = code
        return try item(CV_ENUM_FRAMESIZES, &raw) ? raw : nil
    }

    package func frameInterval(_ index: Int, code: UInt32, width: Int, height: Int) throws(V4L2CallError) -> v4l2_frmivalenum? {
        var raw = v4l2_frmivalenum()
        raw.index = UInt32(index)
        raw.pixel_format = code
        raw.width = UInt32(clamping: width)
        raw.height = UInt32(clamping: height)
        return try item(CV_ENUM_FRAMEINTERVALS, &raw) ? raw : nil
    }

    // MARK: How it is set

    package func picture() throws(V4L2CallError) -> V4L2PictureLayout {
        var raw = v4l2_format()
        raw.type = Self.bufferType
        try call(CV_G_FMT, &raw)
        return V4L2PictureLayout(raw.fmt.pix)
    }

    /// Sets the format; the driver may answer with another.
    package func setPicture(code: UInt32, width: Int, height: Int) throws(V4L2CallError) -> V4L2PictureLayout {
        var raw = v4l2_format()
        raw.type = Self.bufferType
        raw.fmt.pix.pixelformat = code
        raw.fmt.pix.width = UInt32(clamping: width)
        raw.fmt.pix.height = UInt32(clamping: height)
        raw.fmt.pix.field = V4L2_FIELD_ANY.rawValue
        try call(CV_S_FMT, &raw)
        return V4L2PictureLayout(raw.fmt.pix)
    }

    /// Sets the rate. Returns the one the driver chose; nil when it has no say or answers nonsense.
    package func setRate(_ framesPerSecond: Double) throws(V4L2CallError) -> Double? {
        var raw = v4l2_streamparm()
        raw.type = Self.bufferType
        guard try item(CV_G_PARM, &raw) else { return nil }
        raw.type = Self.bufferType
        raw.parm.capture.timeperframe = v4l2_fract(numerator: 1000, denominator: UInt32(framesPerSecond * 1000))
        guard try item(CV_S_PARM, &raw) else { return nil }
        return V4L2FrameRate.framesPerSecond(raw.parm.capture.timeperframe)
    }

    // MARK: Controls

    /// The control after `id`; nil behind the last.
    package func control(after id: UInt32) throws(V4L2CallError) -> v4l2_queryctrl? {
        var raw = v4l2_queryctrl()
        raw.id = id | UInt32(V4L2_CTRL_FLAG_NEXT_CTRL)
        return try item(CV_QUERYCTRL, &raw) ? raw : nil
    }

    package func value(ofControl id: UInt32) throws(V4L2CallError) -> Int {
        var raw = v4l2_control(id: id, value: 0)
        try call(CV_G_CTRL, &raw)
        return Int(raw.value)
    }

    package func set(control id: UInt32, to value: Int) throws(V4L2CallError) {
        var raw = v4l2_control(id: id, value: Int32(clamping: value))
        try call(CV_S_CTRL, &raw)
    }

    // MARK: Streaming

    /// Asks for buffers; returns how many the driver gives. None gives all back.
    package func requestBuffers(_ count: Int) throws(V4L2CallError) -> Int {
        var raw = v4l2_requestbuffers()
        raw.count = UInt32(clamping: count)
        raw.type = Self.bufferType
        raw.memory = V4L2_MEMORY_MMAP.rawValue
        try call(CV_REQBUFS, &raw)
        return Int(raw.count)
    }

    private func buffer(_ index: Int = 0) -> v4l2_buffer {
        var raw = v4l2_buffer()
        raw.index = UInt32(clamping: index)
        raw.type = Self.bufferType
        raw.memory = V4L2_MEMORY_MMAP.rawValue
        return raw
    }

    package func describeBuffer(_ index: Int) throws(V4L2CallError) -> (length: Int, offset: Int) {
        var raw = buffer(index)
        try call(CV_QUERYBUF, &raw)
        return (Int(raw.length), Int(raw.m.offset))
    }

    package func giveBuffer(_ index: Int) throws(V4L2CallError) {
        var raw = buffer(index)
        try call(CV_QBUF, &raw)
    }

    /// A filled buffer; nil when none is there yet.
    package func takeBuffer() throws(V4L2CallError) -> v4l2_buffer? {
        var raw = buffer()
        let code = withUnsafeMutablePointer(to: &raw) { device.control(CV_DQBUF, $0) }
        switch code {
        case 0: return raw
        case EAGAIN: return nil
        default: throw V4L2CallError(call: CV_DQBUF, errno: code)
        }
    }

    package func start() throws(V4L2CallError) {
        var type = Self.bufferType
        try call(CV_STREAMON, &type)
    }

    package func stop() throws(V4L2CallError) {
        var type = Self.bufferType
        try call(CV_STREAMOFF, &type)
    }
}

extension V4L2PictureLayout {
    fileprivate init(_ raw: v4l2_pix_format) {
        self.init(
            code: raw.pixelformat, width: Int(raw.width), height: Int(raw.height), stride: Int(raw.bytesperline),
            byteCount: Int(raw.sizeimage), isFullRange: raw.quantization == V4L2_QUANTIZATION_FULL_RANGE.rawValue)
    }
}

/// Frame intervals as rates.
package enum V4L2FrameRate {
    /// What a camera can sensibly do, pictures a second.
    package static let sensible = 0.1...1000.0

    /// Nil for an impossible interval: zero, infinite, or (read as signed) negative.
    package static func framesPerSecond(_ interval: v4l2_fract) -> Double? {
        guard interval.numerator > 0, interval.denominator > 0 else { return nil }
        let rate = Double(interval.denominator) / Double(interval.numerator)
        return sensible.contains(rate) ? (rate * 1000).rounded() / 1000 : nil
    }
}

/// Text of a driver: a field of fixed size that need not end.
package enum V4L2Text {
    package static func cleaned<Field>(_ field: inout Field) -> String {
        let bytes = withUnsafeBytes(of: &field) { Array($0.prefix { $0 != 0 }) }
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }
        return String(String.UnicodeScalarView(scalars)).trimmingCharacters(in: .whitespaces)
    }
}
