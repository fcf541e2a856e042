// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import TestSupport
import Testing

@Suite struct MorePictureTests {
    private let decoder = ImageDecoder()

    private func picture(_ name: String) throws -> MorePictures.File { try #require(MorePictures.files[name]) }

    private func bgr(_ file: MorePictures.File) throws -> [UInt8] {
        let frame = try decoder.decode(file.bytes, as: .bgr24, header: Pictures.header(1, 1, .bgr24))
        #expect(frame.header.width == file.width && frame.header.height == file.height)
        return Pictures.bytes(frame)
    }

    @Test(
        "a picture another program wrote comes out byte for byte",
        arguments: [
            "bmp24", "bmp8", "bmp4", "bmp1", "bmp32", "gif", "gifnoise", "gifanim", "gifinterlaced", "webplossless", "webpalpha",
            "webpexif", "pngexif",
        ])
    func exactly(name: String) throws {
        let file = try picture(name)
        #expect(MorePictures.digest(try bgr(file)) == file.digest)
    }

    @Test func aLossyWebPIsNearItsSource() throws {
        let (lossy, source) = (try bgr(try picture("webplossy")), try bgr(try picture("bmp24")))
        let difference = zip(lossy, source).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) } / source.count
        #expect(difference < 30)
    }

    @Test func greyIsTheLumaOfTheColours() throws {
        for name in ["bmp24", "gif", "webplossless", "bmp8"] {
            let file = try picture(name)
            let gray = Pictures.bytes(try decoder.decode(file.bytes, as: .gray8, header: Pictures.header(1, 1, .gray8)))
            let colors = try bgr(file)
            for pixel in gray.indices {
                let (blue, green, red) = (colors[pixel * 3], colors[pixel * 3 + 1], colors[pixel * 3 + 2])
                let luma = 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
                #expect(abs(Double(gray[pixel]) - luma) <= 1)
            }
        }
    }

    @Test func anAnimatedWebPIsRefusedByName() throws {
        #expect(throws: CodecError.unsupported("animated WebP; send a still picture")) {
            try ImageGate.inspect(try picture("webpanim").bytes)
        }
    }

    @Test func theGateKnowsTheKindsAndRefusesLargeOnesByTheirHeader() throws {
        for (name, kind) in [("gif", ImageKind.gif), ("bmp24", .bmp), ("webplossy", .webp), ("webplossless", .webp)] {
            let file = try picture(name)
            let info = try ImageGate.inspect(file.bytes)
            #expect(info.kind == kind && info.width == file.width && info.height == file.height)
            #expect(throws: CodecError.tooLarge(what: "pixels", value: 130, limit: 129)) {
                try ImageGate.inspect(file.bytes, limits: ImageLimits(maximumPixels: 129))
            }
        }
        // A GIF that says 65535×65535 costs nothing.
        var bomb = try picture("gif").bytes
        for index in 6..<10 { bomb[index] = 0xFF }
        #expect(throws: CodecError.tooLarge(what: "pixels", value: 65535 * 65535, limit: 25_000_000)) {
            try ImageGate.inspect(bomb)
        }
    }

    @Test(arguments: [
        ("pngexif", Orientation.quarterClockwise), ("webpexif", .quarterClockwise), ("jpegexif", .quarterAnticlockwise),
    ])
    func theOrientationIsRead(name: String, orientation: Orientation) throws {
        let file = try picture(name)
        #expect(file.bytes.withUnsafeBytes { Orientation(file: $0) } == orientation)
        let frame = try decoder.decodeUpright(file.bytes, as: .bgr24, header: Pictures.header(1, 1, .bgr24))
        #expect(frame.header.width == file.height && frame.header.height == file.width)
    }

    /// Where the stored pixels of
    ///     1 2 3
    ///     4 5 6
    /// go, from the table of EXIF 2.3, 4.6.4: which side the stored row 0 and column 0 are at.
    @Test(arguments: [
        (1, 3, [1, 2, 3, 4, 5, 6]), (2, 3, [3, 2, 1, 6, 5, 4]), (3, 3, [6, 5, 4, 3, 2, 1]), (4, 3, [4, 5, 6, 1, 2, 3]),
        (5, 2, [1, 4, 2, 5, 3, 6]), (6, 2, [4, 1, 5, 2, 6, 3]), (7, 2, [6, 3, 5, 2, 4, 1]), (8, 2, [3, 6, 2, 5, 1, 4]),
    ])
    func everyOrientationStandsUpright(value: Int, width: Int, expected: [UInt8]) throws {
        let stored = try Pictures.frame(3, 2, .gray8) { UInt8($0 + 1) }
        let upright = try #require(Orientation(rawValue: value)).upright(stored)
        #expect(upright.header.width == width && Pictures.bytes(upright) == expected)
    }

    @Test func transparencyIsWritten() throws {
        let frame = try Pictures.frame(4, 3, .bgr24) { UInt8($0 * 5) }
        let alpha = (0..<12).map { UInt8($0 * 20) }
        let file = try PNGEncoder.encode(frame, alpha: alpha)
        #expect(try ImageGate.inspect(file).channels == 4)
        #expect(
            Pictures.bytes(try decoder.decode(file, as: .bgr24, header: Pictures.header(1, 1, .bgr24))) == Pictures.bytes(frame))
        #expect(throws: CodecError.self) { try PNGEncoder.encode(frame, alpha: [1]) }
    }

    @Test func everyPrefixIsRefused() throws {
        for (name, file) in MorePictures.files where name != "webpanim" && name != "gifanim" && name != "gifnoise" {
            for length in file.bytes.indices {
                #expect(throws: CodecError.self, "\(name), \(length) of \(file.bytes.count) bytes") {
                    try decoder.decode(Array(file.bytes[..<length]), as: .bgr24, header: Pictures.header(1, 1, .bgr24))
                }
            }
        }
    }

    @Test func twoHundredThousandMutationsCrashNothing() throws {
        let decoder = ImageDecoder(limits: ImageLimits(maximumPixels: 1 << 14, maximumBytes: 1 << 16))
        let corpus = MorePictures.files.sorted { $0.key < $1.key }.map(\.value.bytes).filter { $0.count < 2000 }
        var numbers = SeededRandom(20_261_122)
        var decoded = 0
        let rounds = 200_000
        for round in 0..<rounds {
            var bytes = corpus[round % corpus.count]
            for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                let at = Int.random(in: 0..<bytes.count, using: &numbers)
                switch Int.random(in: 0..<6, using: &numbers) {
                case 0: bytes[at] = 0xFF
                case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
                case 2: bytes.insert(.random(in: 0...255, using: &numbers), at: at)
                case 3 where bytes.count > 40: bytes.removeLast(Int.random(in: 1...8, using: &numbers))
                case 4: bytes[min(at, 50) % bytes.count] = .random(in: 0...255, using: &numbers)
                default: bytes[at] = .random(in: 0...255, using: &numbers)
                }
            }
            do {
                let format: PixelFormat = round % 2 == 0 ? .bgr24 : .gray8
                _ = try decoder.decodeUpright(bytes, as: format, header: Pictures.header(1, 1, .gray8))
                decoded += 1
            } catch is CodecError {}
        }
        #expect(decoded > 0 && decoded < rounds)
    }
}
