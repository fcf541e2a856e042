// SPDX-License-Identifier: Apache-2.0

/// Sound of a WAV file with 16-bit samples (RIFF, "Multimedia Programming Interface and Data Specifications 1.0").
package struct WaveFile: Sendable {
    /// -1...1; the channels are averaged into one.
    package var samples: [Float]
    /// Samples per second.
    package var rate: Int

    /// Longest sound that is taken, in seconds.
    package static let longestSeconds = 600

    package init(_ bytes: [UInt8]) throws(TaskError) {
        func text(_ offset: Int) -> String? {
            guard offset >= 0, offset + 4 <= bytes.count else { return nil }
            return String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
        }
        func number(_ offset: Int, bytes count: Int) -> Int? {
            guard offset >= 0, offset + count <= bytes.count else { return nil }
            return (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        guard text(0) == "RIFF", text(8) == "WAVE" else { throw .unreadable("the file is not a WAV file: send 16-bit PCM WAV") }
        var format: (channels: Int, rate: Int)?
        var offset = 12
        while let name = text(offset), let size = number(offset + 4, bytes: 4) {
            let start = offset + 8
            if name == "fmt " {
                guard size >= 16, let coding = number(start, bytes: 2), let channels = number(start + 2, bytes: 2),
                    let rate = number(start + 4, bytes: 4), let bits = number(start + 14, bytes: 2)
                else { throw .unreadable("the WAV file ends inside its header") }
                // 0xFFFE is the extensible form, whose sub-format begins with the same number.
                let isPCM = coding == 1 || coding == 0xFFFE && size >= 40 && number(start + 24, bytes: 2) == 1
                guard isPCM, bits == 16, (1...32).contains(channels), (4000...192_000).contains(rate) else {
                    throw .unreadable(
                        "a WAV file of format \(coding) with \(bits) bits, \(channels) channels, \(rate) samples a second; send "
                            + "16-bit PCM of 4000 to 192000")
                }
                format = (channels, rate)
            } else if name == "data" {
                guard let format else { throw .unreadable("the WAV file has its data before its format") }
                // Recorders that were interrupted leave a wrong length: what is there is taken.
                let available = min(size, bytes.count - start)
                let frames = available / (2 * format.channels)
                guard frames <= Self.longestSeconds * format.rate else {
                    throw .unreadable("the sound is longer than \(Self.longestSeconds) s")
                }
                rate = format.rate
                samples = Self.mix(bytes, from: start, frames: frames, channels: format.channels)
                return
            }
            offset = start + size + (size & 1)
        }
        throw .unreadable("the WAV file has no data")
    }

    private static func mix(_ bytes: [UInt8], from start: Int, frames: Int, channels: Int) -> [Float] {
        (0..<frames).map { frame in
            var sum: Float = 0
            for channel in 0..<channels {
                let place = start + 2 * (frame * channels + channel)
                sum += Float(Int16(bitPattern: UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8))
            }
            return sum / Float(channels) / 32768
        }
    }
}
