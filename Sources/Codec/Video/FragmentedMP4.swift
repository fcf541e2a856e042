// SPDX-License-Identifier: Apache-2.0

/// Writes an H.264 video as fragmented MP4 (ISO/IEC 14496-12 and -15): a head, then one `moof` and `mdat` for each
/// picture, so that a browser can play each as it comes.
///
/// Pure: values in, bytes out.
public struct FragmentedMP4: Sendable {
    /// Time is counted in 1/90000 s.
    public static let timescale: UInt32 = 90_000

    private let width: Int
    private let height: Int
    /// The parameter sets the head was written with.
    public let sequenceParameters: [UInt8]
    public let pictureParameters: [UInt8]

    /// - Parameters:
    ///   - width, height: pixels, 1...65535.
    ///   - units: a key frame with the sequence's and the picture's parameters in it.
    /// - Returns: nil when the parameters are not there.
    public init?(width: Int, height: Int, units: VideoUnits) {
        guard let sequence = units.unit(ofType: 7), let picture = units.unit(ofType: 8), (4...65_535).contains(sequence.count),
            (1...65_535).contains(picture.count), (1...65_535).contains(width), (1...65_535).contains(height)
        else { return nil }
        (self.width, self.height) = (width, height)
        (sequenceParameters, pictureParameters) = (sequence, picture)
    }

    /// `ftyp` and `moov`: what every player must have first.
    public var head: [UInt8] {
        let file = MP4Boxes()
        file.box("ftyp") { box in
            box.text("isom")
            box.word(512)
            for brand in ["isom", "iso6", "avc1", "mp41"] { box.text(brand) }
        }
        file.box("moov") { moov in
            moov.full("mvhd") { box in
                box.words(0, 0, 1000, 0, 0x0001_0000)
                box.half(0x0100)
                box.zeros(10)
                box.words(MP4Boxes.identity)
                box.zeros(24)
                box.word(2)
            }
            moov.box("trak") { track($0) }
            moov.box("mvex") { mvex in mvex.full("trex") { $0.words(1, 1, 0, 0, 0) } }
        }
        return file.bytes
    }

    private func track(_ trak: MP4Boxes) {
        trak.full("tkhd", flags: 3) { box in
            box.words(0, 0, 1, 0, 0, 0, 0, 0, 0)
            box.words(MP4Boxes.identity)
            box.words(UInt32(width) << 16, UInt32(height) << 16)
        }
        trak.box("mdia") { mdia in
            // Language: undetermined.
            mdia.full("mdhd") { $0.words(0, 0, Self.timescale, 0, 0x55C4_0000) }
            mdia.full("hdlr") { box in
                box.word(0)
                box.text("vide")
                box.zeros(12)
                box.text("depthd\0")
            }
            mdia.box("minf") { minf in
                minf.full("vmhd", flags: 1) { $0.zeros(8) }
                minf.box("dinf") { dinf in
                    dinf.full("dref") { dref in
                        dref.word(1)
                        dref.full("url ", flags: 1) { _ in }
                    }
                }
                minf.box("stbl") { samples($0) }
            }
        }
    }

    /// The description of the samples, of which the head itself has none.
    private func samples(_ stbl: MP4Boxes) {
        stbl.full("stsd") { stsd in
            stsd.word(1)
            stsd.box("avc1") { box in
                box.zeros(6)
                box.half(1)
                box.zeros(16)
                box.half(UInt16(width))
                box.half(UInt16(height))
                // 72 dots per inch; one frame per sample; no name; 24 bits.
                box.words(0x0048_0000, 0x0048_0000, 0)
                box.half(1)
                box.zeros(32)
                box.half(24)
                box.half(0xFFFF)
                box.box("avcC") { configuration($0) }
                box.box("colr") { colr in
                    colr.text("nclx")
                    for value in [6, 6, 6] as [UInt16] { colr.half(value) }
                    colr.byte(0x80)
                }
            }
        }
        for name in ["stts", "stsc", "stco"] { stbl.full(name) { $0.word(0) } }
        stbl.full("stsz") { $0.words(0, 0) }
    }

    private func configuration(_ box: MP4Boxes) {
        box.byte(1)
        for index in 1...3 { box.byte(sequenceParameters[index]) }
        // Lengths of four bytes; one set of each kind.
        box.byte(0xFF)
        box.byte(0xE1)
        box.half(UInt16(sequenceParameters.count))
        box.append(sequenceParameters[...])
        box.byte(1)
        box.half(UInt16(pictureParameters.count))
        box.append(pictureParameters[...])
    }

    /// One picture.
    /// - Parameters:
    ///   - number: counts up from 1.
    ///   - time: when it is shown, in units of the timescale.
    ///   - duration: until the next is expected, in the same units.
    public func fragment(_ units: VideoUnits, number: UInt32, time: UInt64, duration: UInt32) -> [UInt8] {
        // Parameter sets stand in the head, delimiters nowhere.
        let ranges = units.units.filter { ![7, 8, 9].contains(units.bytes[$0.lowerBound] & 0x1F) }
        let size = ranges.reduce(0) { $0 + 4 + $1.count }
        let file = MP4Boxes(capacity: size + 128)
        let bodyAt = Self.fragmentHeadBytes
        file.box("moof") { moof in
            moof.full("mfhd") { $0.word(number) }
            moof.box("traf") { traf in
                // Offsets count from the moof.
                traf.full("tfhd", flags: 0x02_0000) { $0.word(1) }
                traf.full("tfdt", version: 1) { $0.words(UInt32(time >> 32), UInt32(truncatingIfNeeded: time)) }
                // One sample with a duration, size and flags of its own: it depends on nothing, or on others.
                traf.full("trun", flags: 0x000701) { box in
                    box.words(1, UInt32(bodyAt + 8), duration, UInt32(size), units.isKey ? 0x0200_0000 : 0x0101_0000)
                }
            }
        }
        file.box("mdat") { mdat in
            for range in ranges {
                mdat.word(UInt32(range.count))
                mdat.append(units.bytes[range])
            }
        }
        return file.bytes
    }

    /// `moof`: 8, with `mfhd` 16 and `traf` 8, with `tfhd` 16, `tfdt` 20 and `trun` 32.
    private static let fragmentHeadBytes = 8 + 16 + 8 + 16 + 20 + 32
}
