// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Codec

/// One format and size a device has, with its rates.
public struct VideoOffer: Sendable, Hashable {
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

    init(code: UInt32, width: Int, height: Int, rates: [Double]) {
        self.code = codeText(code)
        format = V4L2Format(code: code)
        self.width = width
        self.height = height
        self.rates = rates.sorted(by: >)
    }
}

/// A size in pixels.
struct VideoSize: Sendable, Hashable {
    var width: Int
    var height: Int
}

/// Asks a device for everything it offers. What cannot be is left out and noted; however much a driver says, it ends.
struct VideoOfferReader {
    private let port: VideoPort
    /// Sizes to try where a device has a range of them.
    private let wanted: [VideoSize]
    private(set) var offers: [VideoOffer] = []
    private(set) var notes: [String] = []

    private static let maximumFormats = 32
    private static let maximumSizes = 128
    private static let maximumRates = 64
    private static let maximumNotes = 16

    private static let usualSizes = [
        (320, 240), (640, 360), (640, 400), (640, 480), (800, 600), (1280, 400), (1280, 480), (1280, 720), (1280, 800),
        (1920, 1080), (2560, 720), (2560, 800), (3840, 2160),
    ].map { VideoSize(width: $0.0, height: $0.1) }
    private static let usualRates = [5.0, 10, 15, 20, 25, 30, 50, 60, 90, 100, 120]

    init(_ port: VideoPort, wanted: [VideoSize] = []) throws(VideoFailure) {
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

    private mutating func readSizes(_ code: UInt32) throws(VideoFailure) {
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
            try take(VideoSize(width: Int(raw.discrete.width), height: Int(raw.discrete.height)), code)
        }
        note("\(codeText(code)) has more than \(Self.maximumSizes) sizes; the rest was left out")
    }

    private mutating func takeUnlisted(_ code: UInt32) throws(VideoFailure) {
        let current = try port.picture()
        let size = VideoSize(width: current.width, height: current.height)
        if current.code == code { try take(size, code) }
        for other in wanted where other != size { try take(other, code) }
        note("\(codeText(code)): the driver lists no sizes; those shown are tried")
    }

    private mutating func takeRange(_ range: v4l2_frmsize_stepwise, _ code: UInt32) throws(VideoFailure) {
        func fits(_ value: Int, _ low: UInt32, _ high: UInt32, _ step: UInt32) -> Bool {
            value >= Int(low) && value <= Int(high) && (value - Int(low)) % max(1, Int(step)) == 0
        }
        var taken: Set<VideoSize> = []
        let largest = VideoSize(width: Int(range.max_width), height: Int(range.max_height))
        for size in wanted + [largest]
        where fits(size.width, range.min_width, range.max_width, range.step_width)
            && fits(size.height, range.min_height, range.max_height, range.step_height) && taken.insert(size).inserted
        {
            try take(size, code)
        }
    }

    private mutating func take(_ size: VideoSize, _ code: UInt32) throws(VideoFailure) {
        guard VideoCheck.isSensible(width: size.width, height: size.height) else {
            note("\(codeText(code)) \(size.width)x\(size.height) cannot be and was left out")
            return
        }
        offers.append(VideoOffer(code: code, width: size.width, height: size.height, rates: try rates(code, size)))
    }

    private mutating func rates(_ code: UInt32, _ size: VideoSize) throws(VideoFailure) -> [Double] {
        var rates: Set<Double> = []
        for index in 0..<Self.maximumRates {
            guard let raw = try port.frameInterval(index, code: code, width: size.width, height: size.height) else { break }
            guard raw.type == V4L2_FRMIVAL_TYPE_DISCRETE.rawValue else {
                let slow = VideoRate.framesPerSecond(raw.stepwise.max)
                let fast = VideoRate.framesPerSecond(raw.stepwise.min)
                guard let fast else { break }
                rates.formUnion(Self.usualRates.filter { $0 <= fast && $0 >= slow ?? 0 } + [fast])
                break
            }
            if let rate = VideoRate.framesPerSecond(raw.discrete) {
                rates.insert(rate)
            } else {
                note("\(codeText(code)) \(size.width)x\(size.height): a rate that cannot be was left out")
            }
        }
        return Array(rates)
    }
}

/// What is believed of a driver.
enum VideoCheck {
    private static let maximumSide = 16384
    /// Of one picture, padding and all.
    private static let maximumBytes = 256 << 20

    static func isSensible(width: Int, height: Int) -> Bool {
        (1...maximumSide).contains(width) && (1...maximumSide).contains(height)
            && width * height <= ImageLimits.default.maximumPixels
    }

    /// The layout as it can be used, or why it cannot.
    static func believed(_ picture: VideoPicture) throws(VideoLie) -> (format: V4L2Format, picture: VideoPicture) {
        guard let format = V4L2Format(code: picture.code) else {
            throw VideoLie(reason: "it sends \(codeText(picture.code)), which depthd does not take")
        }
        guard isSensible(width: picture.width, height: picture.height) else {
            throw VideoLie(reason: "it speaks of pictures of \(picture.width)x\(picture.height)")
        }
        var picture = picture
        let row = format.rowBytes(width: picture.width)
        // Some drivers leave the stride out when rows are not padded.
        if picture.stride == 0 || format == .mjpeg { picture.stride = row }
        guard picture.stride >= row, picture.stride <= maximumBytes / picture.height / 2 else {
            throw VideoLie(reason: "it speaks of rows of \(picture.stride) bytes where \(row) are needed")
        }
        let granularity = format.granularity
        guard picture.width % granularity.columns == 0, picture.height % granularity.rows == 0 else {
            throw VideoLie(reason: "it speaks of \(format.rawValue) pictures of \(picture.width)x\(picture.height)")
        }
        let needed = format.byteCount(width: picture.width, height: picture.height, stride: picture.stride)
        guard picture.byteCount >= needed, picture.byteCount <= maximumBytes else {
            throw VideoLie(reason: "it speaks of pictures of \(picture.byteCount) bytes where \(needed) are needed")
        }
        return (format, picture)
    }
}

/// Something a driver said that cannot be.
struct VideoLie: Error, Hashable {
    var reason: String
}
