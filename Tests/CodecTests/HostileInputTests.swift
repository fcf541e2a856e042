// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import TestSupport
import Testing

/// Broken files by the hundred thousand: whatever happens, nothing crashes and nothing is read out of bounds.
@Suite struct HostileInputTests {
    /// Small pictures decode quickly; the pixel limit keeps mutated sizes from costing memory.
    private let decoder = ImageDecoder(limits: ImageLimits(maximumPixels: 1 << 16, maximumBytes: 1 << 16))

    private static func corpus() throws -> [[UInt8]] {
        [
            try Pictures.jpeg(24, 16), try Pictures.jpeg(17, 9, .gray8),
            try PNGEncoder.encode(try Pictures.smooth(12, 10, .bgr24)),
            try PNGEncoder.encode(try Pictures.frame(9, 8, .depth16) { UInt8($0 & 255) }),
            Pictures.pnm(7, 5, channels: 1) { UInt8($0) }, Pictures.pnm(5, 4, channels: 3) { UInt8($0) },
        ]
    }

    private func isDecodable(_ bytes: [UInt8], _ format: PixelFormat) throws -> Bool {
        do {
            _ = try decoder.decode(bytes, as: format, header: try Pictures.header(1, 1, .gray8))
            return true
        } catch is CodecError {
            return false
        }
    }

    @Test func everyPrefixOfAPictureIsRefused() throws {
        for file in try HostileInputTests.corpus() {
            #expect(try isDecodable(file, .bgr24))
            for length in file.indices {
                #expect(try !isDecodable(Array(file[..<length]), .bgr24), "a prefix of \(length) of \(file.count) bytes")
            }
        }
    }

    @Test func aHundredThousandMutationsCrashNothing() throws {
        let corpus = try HostileInputTests.corpus()
        var numbers = SeededRandom(20_261_121)
        var decoded = 0
        let rounds = 100_000
        for round in 0..<rounds {
            let file = mutated(corpus[round % corpus.count], &numbers)
            let format: PixelFormat = [.gray8, .bgr24, .depth16][round / corpus.count % 3]
            if try isDecodable(file, format) { decoded += 1 }
        }
        // Some mutations hit pixels only: without them the decoders were never reached.
        #expect(decoded > 0 && decoded < rounds)
    }

    /// Changes, cuts, repeats or inserts a few bytes; the checksums of a PNG are made right again half of the time, so
    /// that the damage gets past them.
    private func mutated(_ file: [UInt8], _ numbers: inout SeededRandom) -> [UInt8] {
        var bytes = file
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            let at = Int.random(in: 0..<bytes.count, using: &numbers)
            switch Int.random(in: 0..<8, using: &numbers) {
            case 0: bytes[at] = 0xFF
            case 1: bytes[at] = 0
            case 2: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
            case 3: bytes.insert(.random(in: 0...255, using: &numbers), at: at)
            case 4 where bytes.count > 8: bytes.removeSubrange(at..<min(bytes.count - 4, at + 3).clamped(from: at))
            case 5: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 20)], at: at)
            default: bytes[at] = .random(in: 0...255, using: &numbers)
            }
        }
        return Bool.random(using: &numbers) ? PNGChecksums.repaired(bytes) : bytes
    }
}

extension Int {
    fileprivate func clamped(from lowest: Int) -> Int { Swift.max(self, lowest) }
}

/// CRC-32 of PNG chunks (ISO/IEC 15948 annex D).
enum PNGChecksums {
    static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }

    /// The file with each chunk's checksum recomputed, as far as its chunks can be followed; other files unchanged.
    static func repaired(_ file: [UInt8]) -> [UInt8] {
        guard file.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return file }
        var bytes = file
        var offset = 8
        while offset + 12 <= bytes.count {
            let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - offset - 12 else { break }
            let end = offset + 8 + length
            let sum = crc(bytes[offset + 4..<end])
            for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * index)) }
            offset = end + 4
        }
        return bytes
    }
}
