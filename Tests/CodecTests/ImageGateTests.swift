// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Testing

@Suite struct ImageGateTests {
    /// A JPEG whose frame header says something else.
    private func jpeg(marker: UInt8 = 0xC0, precision: UInt8 = 8, width: Int = 48, height: Int = 32) throws -> [UInt8] {
        var bytes = try Pictures.jpeg()
        let start = try #require(bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
        bytes[start + 1] = marker
        bytes[start + 4] = precision
        (bytes[start + 5], bytes[start + 6]) = (UInt8(height >> 8), UInt8(height & 255))
        (bytes[start + 7], bytes[start + 8]) = (UInt8(width >> 8), UInt8(width & 255))
        return bytes
    }

    @Test func sizesAndKindsAreReadFromTheHeader() throws {
        let gray = try ImageGate.inspect(try Pictures.jpeg(33, 17, .gray8))
        #expect(gray == ImageInfo(kind: .jpeg, width: 33, height: 17, channels: 1, bitDepth: 8))
        let png = try ImageGate.inspect(try PNGEncoder.encode(try Pictures.smooth(9, 5, .bgr24)))
        #expect(png == ImageInfo(kind: .png, width: 9, height: 5, channels: 3, bitDepth: 8))
        let depth = try ImageGate.inspect(try PNGEncoder.encode(try Pictures.frame(4, 3, .depth16) { UInt8($0) }))
        #expect(depth == ImageInfo(kind: .png, width: 4, height: 3, channels: 1, bitDepth: 16))
        let ppm = try ImageGate.inspect(Pictures.pnm(6, 2, channels: 3) { UInt8($0) })
        #expect(ppm == ImageInfo(kind: .pnm, width: 6, height: 2, channels: 3, bitDepth: 8))
    }

    @Test func arithmeticCodingIsRefused() throws {
        for marker: UInt8 in [0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF] {
            let bytes = try jpeg(marker: marker)
            #expect(throws: CodecError.unsupported("arithmetic-coded JPEG; save it as baseline JPEG")) {
                try ImageGate.inspect(bytes)
            }
        }
    }

    @Test func losslessHierarchicalAndTwelveBitAreRefused() throws {
        let refused = try [jpeg(marker: 0xC3), jpeg(marker: 0xC5), jpeg(marker: 0xC7), jpeg(precision: 12)]
        for bytes in refused {
            let error = #expect(throws: CodecError.self) { try ImageGate.inspect(bytes) }
            guard case .unsupported = error else {
                Issue.record("refused as \(String(describing: error))")
                continue
            }
        }
    }

    @Test func hugeAndEmptySizesAreRefused() throws {
        let huge = try jpeg(width: 10_000, height: 10_000)
        #expect(throws: CodecError.tooLarge(what: "pixels", value: 100_000_000, limit: 25_000_000)) {
            try ImageGate.inspect(huge)
        }
        let progressive = try jpeg(marker: 0xC2, width: 20_000, height: 20_000)
        #expect(throws: CodecError.tooLarge(what: "pixels", value: 400_000_000, limit: 25_000_000)) {
            try ImageGate.inspect(progressive)
        }
        for flat in try [jpeg(width: 0), jpeg(height: 0)] {
            #expect(throws: CodecError.self) { try ImageGate.inspect(flat) }
        }
        let pgm = Array("P5 999999999 999999999 255\n".utf8)
        #expect(throws: CodecError.self) { try ImageGate.inspect(pgm) }
        let endless = Array("P5 99999999999999999999 1 255\n".utf8)
        #expect(throws: CodecError.self) { try ImageGate.inspect(endless) }
    }

    @Test func theSixtyFifthScanIsRefused() throws {
        let segments = Pictures.segments(try Pictures.jpeg())
        let scan = try #require(segments.first { $0.marker == 0xDA })
        func bomb(_ scans: Int) -> [UInt8] {
            var bytes: [UInt8] = [0xFF, 0xD8]
            for segment in segments where segment.marker != 0xD9 {
                for _ in 0..<(segment.marker == 0xDA ? scans : 1) { bytes += segment.bytes }
            }
            return bytes + [0xFF, 0xD9]
        }
        #expect(!scan.bytes.isEmpty)
        #expect(try ImageGate.inspect(bomb(64)).width == 48)
        #expect(throws: CodecError.tooLarge(what: "JPEG scans", value: 65, limit: 64)) { try ImageGate.inspect(bomb(1000)) }
    }

    @Test func filesOverTheByteLimitAreRefusedUnread() {
        let limits = ImageLimits(maximumBytes: 100)
        let bytes = [UInt8](repeating: 0, count: 101)
        #expect(throws: CodecError.tooLarge(what: "bytes", value: 101, limit: 100)) {
            try ImageGate.inspect(bytes, limits: limits)
        }
    }

    @Test func otherFilesAreNoPictures() {
        for text in ["", "P", "P4 1 1\n", "GIF88a", "\u{FF}", "RIFF....WAVE"] {
            #expect(throws: CodecError.unknownKind) { try ImageGate.inspect(Array(text.utf8)) }
        }
    }

    @Test func aPNGNeedsItsHeaderFirstAndSoundChunks() throws {
        let good = try PNGEncoder.encode(try Pictures.smooth(8, 8, .gray8))
        var lying = good
        lying[33] = 0x7F  // the length of the chunk after the header
        #expect(throws: CodecError.truncated("a PNG chunk")) { try ImageGate.inspect(lying) }
        var odd = good
        odd[25] = 5  // a colour type that does not exist
        #expect(throws: CodecError.damaged("PNG colour type 5 with 8 bits")) { try ImageGate.inspect(odd) }
        var late = good
        late[12] = UInt8(ascii: "X")
        #expect(throws: CodecError.damaged("a PNG that does not start with its header")) { try ImageGate.inspect(late) }
    }

    @Test func aPNMHeaderMayHaveCommentsButNotSixteenBits() throws {
        let commented = Array("P5 # a\n 2 #b\n#c\n1\n255\n".utf8) + [1, 2]
        #expect(try ImageGate.inspect(commented).width == 2)
        let deep = Array("P5 2 1 65535\n".utf8) + [1, 2, 3, 4]
        #expect(throws: CodecError.unsupported("PNM with maximum value 65535; only 255 (8 bits)")) {
            try ImageGate.inspect(deep)
        }
    }
}
