// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import TestSupport
import Testing

@Suite struct ImageDecoderTests {
    private let decoder = ImageDecoder()

    private func decode(_ bytes: [UInt8], as format: PixelFormat, pool: FramePool? = nil) throws -> Frame {
        try decoder.decode(bytes, as: format, header: try Pictures.header(1, 1, .gray8), pool: pool)
    }

    private func largestDifference(_ left: Frame, _ right: Frame) -> Int {
        zip(Pictures.bytes(left), Pictures.bytes(right)).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    /// Hexadecimal text → bytes.
    private func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    @Test(arguments: [PixelFormat.gray8, .bgr24]) func aJPEGComesBackAsItWasWritten(format: PixelFormat) throws {
        let frame = try Pictures.smooth(50, 35, format)
        let back = try decode(try JPEGEncoder(quality: 95).encode(frame), as: format)
        #expect(back.header == frame.header.reshaped(width: 50, height: 35, format: format))
        #expect(largestDifference(frame, back) <= 6)
    }

    @Test func planarAndYUVFramesEncodeLikeInterleavedOnes() throws {
        let (width, height) = (32, 16)
        let interleaved = try Pictures.smooth(width, height, .bgr24)
        let source = Pictures.bytes(interleaved)
        let planar = try Pictures.frame(width, height, .bgrPlanar) { index in
            source[index % (width * height) * 3 + index / (width * height)]
        }
        let encoder = try JPEGEncoder(quality: 90)
        #expect(try encoder.encode(planar) == encoder.encode(interleaved))
        let gray = try Pictures.smooth(width, height, .gray8)
        let luma = Pictures.bytes(gray)
        let yuv = try Pictures.frame(width, height, .i420) { $0 < width * height ? luma[$0] : 128 }
        #expect(largestDifference(gray, try decode(try encoder.encode(yuv), as: .gray8)) <= 4)
    }

    @Test func oneEncoderServesGrowingAndShrinkingFrames() throws {
        let encoder = try JPEGEncoder(quality: 80)
        for size in [16, 200, 8, 120] {
            let info = try ImageGate.inspect(try encoder.encode(try Pictures.smooth(size, size, .bgr24)))
            #expect(info.width == size)
        }
    }

    @Test func depthDoesNotFitIntoJPEG() throws {
        let depth = try Pictures.frame(4, 4, .depth16) { UInt8($0) }
        #expect(throws: CodecError.encodingFailed("JPEG cannot store depth16; use PNG")) { try JPEGEncoder().encode(depth) }
    }

    @Test(arguments: [PixelFormat.gray8, .bgr24, .depth16, .disparity16])
    func aPNGKeepsEveryValue(format: PixelFormat) throws {
        var numbers = SeededRandom(3)
        let frame = try Pictures.frame(61, 47, format) { _ in UInt8.random(in: 0...255, using: &numbers) }
        let back = try decode(try PNGEncoder.encode(frame), as: format)
        #expect(Pictures.bytes(back) == Pictures.bytes(frame))
    }

    /// Written by pypng.
    @Test func sixteenBitGreyFromAnotherWriterIsExact() throws {
        let file = bytes(
            """
            89504e470d0a1a0a0000000d49484452000000040000000210000000000a53fefc0000001a4944415478da636060606064f8cfc8c0c0fc42c8e4ffbf
            ffff011df2062e7ded5a8a0000000049454e44ae426082
            """)
        let values = try decode(file, as: .depth16).withUnsafeUInt16 { Array($0) }
        #expect(values == [0, 1, 255, 256, 1000, 4660, 65534, 65535])
        #expect(try Pictures.bytes(decode(file, as: .gray8)) == [0, 0, 1, 1, 4, 18, 255, 255])
    }

    /// Our writer against the bytes of the standard: signature, then a header that says 16-bit grey; the first stored
    /// sample is big-endian, which the decoder of another writer's file above proves in the other direction.
    @Test func depthIsWrittenAsSixteenBitGrey() throws {
        let file = try PNGEncoder.encode(try Pictures.frame(3, 2, .depth16) { UInt8($0) })
        #expect(Array(file[0..<8]) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        #expect(Array(file[16..<29]) == [0, 0, 0, 3, 0, 0, 0, 2, 16, 0, 0, 0, 0])
    }

    /// Written by pypng: interlaced, 16 bits, alpha, and a gamma of 1.0, which is to be ignored.
    @Test func anInterlacedDeepPictureWithAlphaIsReducedToBGR() throws {
        let file = bytes(
            """
            89504e470d0a1a0a0000000d49484452000000050000000310060000017ca1292d0000000467414d41000186a031e8965f0000008a4944415478
            9c017f0080ff000000232846506978004e2071489470b7980027104a386d609088000258258048a86bd029684c906fb892e0507873a096c8b9f00013
            8836b059d87d003a985dc080e8a4100015e039085c307f583cf060188340a66800012c2454477c6aa414b437dc5b047e2c283c4b646e8c91b43bc45e
            ec8214a53c4f4c7274959cb8c4a31231cfe880bc200000000049454e44ae426082
            """)
        let expected: [UInt8] = [
            70, 35, 0, 89, 54, 19, 109, 74, 39, 128, 93, 58, 148, 113, 78, 71, 36, 1, 91, 56, 21, 110, 75, 40, 130, 95, 60, 149,
            114, 79, 72, 37, 2, 92, 57, 22, 111, 76, 41, 131, 96, 61, 150, 115, 80,
        ]
        #expect(Pictures.bytes(try decode(file, as: .bgr24)) == expected)
    }

    /// Written by pypng: four colours in four bits.
    @Test func aPaletteIsLookedUp() throws {
        let file = bytes(
            """
            89504e470d0a1a0a0000000d49484452000000030000000204030000006f5a7b290000000c504c54450a141ec864320000ffffffff4e6f426c000000
            0e49444154789c636054603012000000ff0064ba8654e40000000049454e44ae426082
            """)
        #expect(
            Pictures.bytes(try decode(file, as: .bgr24))
                == [30, 20, 10, 50, 100, 200, 255, 0, 0, 255, 255, 255, 255, 0, 0, 50, 100, 200])
        // 0.299 R + 0.587 G + 0.114 B, rounded.
        #expect(Pictures.bytes(try decode(file, as: .gray8)) == [18, 124, 29, 255, 29, 124])
    }

    @Test func portableMapsAreReadDirectly() throws {
        let gray = Pictures.pnm(3, 2, channels: 1) { UInt8($0 * 10) }
        #expect(Pictures.bytes(try decode(gray, as: .gray8)) == [0, 10, 20, 30, 40, 50])
        #expect(Pictures.bytes(try decode(gray, as: .bgr24))[3..<6] == [10, 10, 10])
        let color = Pictures.pnm(2, 1, channels: 3) { [10, 20, 30, 200, 100, 50][$0] }
        #expect(Pictures.bytes(try decode(color, as: .bgr24)) == [30, 20, 10, 50, 100, 200])
        #expect(Pictures.bytes(try decode(color, as: .gray8)) == [18, 124])
    }

    @Test func eightBitPicturesAreNoDepth() throws {
        let files = [try PNGEncoder.encode(try Pictures.smooth(4, 4, .gray8)), try Pictures.jpeg()]
        for file in files {
            #expect(throws: CodecError.unsupported("a depth16 picture must be a 16-bit grey PNG")) {
                try decode(file, as: .depth16)
            }
        }
    }

    @Test func aDamagedJPEGIsAnErrorNotGreyGarbage() throws {
        let file = try Pictures.jpeg(64, 64)
        let scan = try #require(file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
        var short = Array(file[..<(scan + 40)])
        short += [0xFF, 0xD9]
        #expect(throws: CodecError.self) { try decode(short, as: .bgr24) }
    }

    @Test func paddingBeforeTheEndMarkIsForgiven() throws {
        let file = try Pictures.jpeg()
        let padded = Array(file.dropLast(2)) + [UInt8](repeating: 0, count: 37) + [0xFF, 0xD9] + [0, 0, 0]
        #expect(Pictures.bytes(try decode(padded, as: .bgr24)) == Pictures.bytes(try decode(file, as: .bgr24)))
    }

    @Test func anExhaustedPoolIsAnErrorOfItsOwn() throws {
        let pool = FramePool(capacity: 1)
        let file = try Pictures.jpeg()
        let kept = try decode(file, as: .gray8, pool: pool)
        #expect(throws: CodecError.noFreeBuffer) { try decode(file, as: .gray8, pool: pool) }
        #expect(kept.header.width == 48)
    }

    /// Goldens from OpenCV 4 (`imread`, mean over the picture and two pixels).
    @Test(.enabled(if: SharedData.isRequired)) func aPhotographMatchesOpenCV() throws {
        let file = try SharedData.bytes("images/bus.jpg")
        let color = try decode(file, as: .bgr24)
        #expect((color.header.width, color.header.height) == (810, 1080))
        let bytes = Pictures.bytes(color)
        for (channel, mean) in [118.19893, 115.59910, 117.27082].enumerated() {
            let sum = stride(from: channel, to: bytes.count, by: 3).reduce(0) { $0 + Int(bytes[$1]) }
            #expect(abs(Double(sum) / Double(810 * 1080) - mean) < 0.05)
        }
        let gray = Pictures.bytes(try decode(file, as: .gray8))
        #expect(abs(Int(gray[100 * 810 + 200]) - 122) <= 2)
        #expect(abs(Int(gray[500 * 810 + 333]) - 131) <= 2)
    }
}
