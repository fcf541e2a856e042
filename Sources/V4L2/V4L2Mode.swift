// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Codec

/// One format and size a device has, with its rates.
public struct V4L2Mode: Sendable, Hashable {
    /// The kernel's four letters.
    public var code: String
    /// Nil when depthd does not take this form.
    public var format: V4L2Format?
    /// Of the whole picture, in pixels.
    public var width: Int
    /// Of the whole picture, in pixels.
    public var height: Int
    /// Pictures a second, the highest first; empty when the driver does not say.
    public var rates: [Double]

    package init(format: V4L2Format, width: Int, height: Int, rates: [Double]) {
        self.init(code: format.code, width: width, height: height, rates: rates)
    }

    package init(code: UInt32, width: Int, height: Int, rates: [Double]) {
        self.code = codeText(code)
        format = V4L2Format(code: code)
        self.width = width
        self.height = height
        self.rates = rates.sorted(by: >)
    }
}

/// A size in pixels.
package struct V4L2Size: Sendable, Hashable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// Asks a device for everything it offers. What cannot be is left out and noted; however much a driver says, it ends.
package struct V4L2ModeReader {
    private let port: V4L2Device
    /// Sizes to try where a device has a range of them.
    private let wanted: [V4L2Size]
    package private(set) var offers: [V4L2Mode] = []
    package private(set) var notes: [String] = []

    private static let maximumFormats = 32
    private static let maximumSizes = 128
    private static let maximumRates = 64
    private static let maximumNotes = 16

    private static let usualSizes = [
        (320, 240), (640, 360), (640, 400), (640, 480), (800, 600), (1280, 400), (1280, 480), (1280, 720), (1280, 800),
        (1920, 1080), (2560, 720), (2560, 800), (3840, 2160),
    ].map { V4L2Size(width: $0.0, height: $0.1) }
    private static let usualRates = [5.0, 10, 15, 20, 25, 30, 50, 60, 90, 100, 120]

    package init(_ port: V4L2Device, wanted: [V4L2Size] = []) throws(V4L2CallError) {
        self.port = port
        self.wanted = wanted + Self.usualSizes
        for index in 0..<Self.maximumFormats {
            guard let code = try port.formatCode(index) else { break }
            try readSizes(code)
        }
    }

    private mutating func note(_ text: String) {
        if notes.count < Self.maximumNotes { notes.append(text) }
    }

    private mutating func readSizes(_ code: UInt32) throws(V4L2CallError) {
        for index in 0..<Self.maximumSizes {
            guard let raw = try port.frameSize(index, code: code) else {
                // A driver that lists no sizes decides when the format is set.
                if index == 0 { try takeUnlisted(code) }
                return
            }
            guard raw.type == V4L2_FRMSIZE_TYPE_DISCRETE.rawValue else {
                try takeRange(raw.stepwise, code)
                return
            }
            try take(V4L2Size(width: Int(raw.discrete.width), height: Int(raw.discrete.height)), code)
        }
        note("\(codeText(code)) has more than \(Self.maximumSizes) sizes; the rest is ignored")
    }

    private mutating func takeUnlisted(_ code: UInt32) throws(V4L2CallError) {
        let current = try port.picture()
        let size = V4L2Size(width: current.width, height: current.height)
        if current.code == code { try take(size, code) }
        for other in wanted where other != size { try take(other, code) }
        note("\(codeText(code)): the driver lists no sizes; depthd tries those shown")
    }

    private mutating func takeRange(_ range: v4l2_frmsize_stepwise, _ code: UInt32) throws(V4L2CallError) {
        func fits(_ value: Int, _ low: UInt32, _ high: UInt32, _ step: UInt32) -> Bool {
            value >= Int(low) && value <= Int(high) && (value - Int(low)) % max(1, Int(step)) == 0
        }
        var taken: Set<V4L2Size> = []
        let largest = V4L2Size(width: Int(range.max_width), height: Int(range.max_height))
        for size in wanted + [largest]
        where fits(size.width, range.min_width, range.max_width, range.step_width)
            && fits(size.height, range.min_height, range.max_height, range.step_height) && taken.insert(size).inserted
        {
            try take(size, code)
        }
    }

    private mutating func take(_ size: V4L2Size, _ code: UInt32) throws(V4L2CallError) {
        guard V4L2Validation.isSensible(width: size.width, height: size.height) else {
            note("\(codeText(code)) \(size.width)x\(size.height) is impossible and is ignored")
            return
        }
        offers.append(V4L2Mode(code: code, width: size.width, height: size.height, rates: try rates(code, size)))
    }

    private mutating func rates(_ code: UInt32, _ size: V4L2Size) throws(V4L2CallError) -> [Double] {
        var rates: Set<Double> = []
        for index in 0..<Self.maximumRates {
            guard let raw = try port.frameInterval(index, code: code, width: size.width, height: size.height) else { break }
            guard raw.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue else {
                let slow = V4L2FrameRate.framesPerSecond(raw.stepwise.max)
                let fast = V4L2FrameRate.framesPerSecond(raw.stepwise.min)
                guard let fast else { break }
                rates.formUnion(Self.usualRates.filter { $0 <= fast && $0 >= slow ?? 0 } + [fast])
                break
            }
            if let rate = V4L2FrameRate.framesPerSecond(raw.discrete) {
                rates.insert(rate)
            } else {
                note("\(codeText(code)) \(size.width)x\(size.height): an impossible rate is ignored")
            }
        }
        return Array(rates)
    }
}

/// What is believed of a driver.
package enum V4L2Validation {
    private static let maximumSide = 16384
    /// Of one picture, padding and all.
    private static let maximumBytes = 256 << 20

    package static func isSensible(width: Int, height: Int) -> Bool {
        (1...maximumSide).contains(width) && (1...maximumSide).contains(height)
            && width * height <= ImageLimits.default.maximumPixels
    }

    /// The layout as it can be used, or why it cannot.
    package static func believed(_ picture: V4L2PictureLayout) throws(V4L2InvalidReply) -> (
        format: V4L2Format, picture: V4L2PictureLayout
    ) {
        guard let format = V4L2Format(code: picture.code) else {
            throw V4L2InvalidReply(reason: "it sends \(codeText(picture.code)), which depthd does not read")
        }
        guard isSensible(width: picture.width, height: picture.height) else {
            throw V4L2InvalidReply(reason: "it reports pictures of \(picture.width)x\(picture.height)")
        }
        var picture = picture
        let row = format.rowBytes(width: picture.width)
        // Some drivers leave the stride out when rows are not padded.
        if picture.stride == 0 || format == .mjpeg { picture.stride = row }
        guard picture.stride >= row, picture.stride <= maximumBytes / picture.height / 2 else {
            throw V4L2InvalidReply(reason: "it reports rows of \(picture.stride) bytes where \(row) are needed")
        }
        let granularity = format.granularity
        guard picture.width % granularity.columns == 0, picture.height % granularity.rows == 0 else {
            throw V4L2InvalidReply(reason: "it reports \(format.rawValue) pictures of \(picture.width)x\(picture.height)")
        }
        let needed = format.byteCount(width: picture.width, height: picture.height, stride: picture.stride)
        guard picture.byteCount >= needed, picture.byteCount <= maximumBytes else {
            throw V4L2InvalidReply(reason: "it reports pictures of \(picture.byteCount) bytes where \(needed) are needed")
        }
        return (format, picture)
    }
}

/// Something impossible that a driver reported.
package struct V4L2InvalidReply: Error, Hashable {
    package var reason: String
}
