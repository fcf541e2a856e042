// SPDX-License-Identifier: Apache-2.0
public import Core

/// Gives a picture another size, by two linear interpolations (for single pictures: nothing is kept from one to the next).
public enum PictureScaler {
    /// A `gray8` or `bgr24` frame at another size; other formats as they are.
    /// - Parameters:
    ///   - width, height: pixels, at least 1.
    public static func scaled(_ frame: Frame, width: Int, height: Int) -> Frame {
        let header = frame.header
        let channels = header.format == .bgr24 ? 3 : 1
        guard [.gray8, .bgr24].contains(header.format), width > 0, height > 0, (width, height) != (header.width, header.height)
        else { return frame }
        let draft = FramePool.standalone(header.reshaped(width: width, height: height, format: header.format))
        let columns = places(width, of: header.width)
        let rows = places(height, of: header.height)
        draft.withUnsafeMutableBytes { target in
            frame.withUnsafeBytes { source in
                for (y, row) in rows.enumerated() {
                    let (top, bottom) = (row.low * header.width, row.high * header.width)
                    for (x, column) in columns.enumerated() {
                        for channel in 0..<channels {
                            func value(_ line: Int, _ column: Int) -> Int { Int(source[(line + column) * channels + channel]) }
                            let upper = value(top, column.low) * (256 - column.part) + value(top, column.high) * column.part
                            let lower = value(bottom, column.low) * (256 - column.part) + value(bottom, column.high) * column.part
                            let sum = upper * (256 - row.part) + lower * row.part
                            target[(y * width + x) * channels + channel] = UInt8((sum + 32_768) >> 16)
                        }
                    }
                }
            }
        }
        return draft.seal()
    }

    /// For each of `count` pixels, the two it lies between among `sources` and how far, in 1/256.
    private static func places(_ count: Int, of sources: Int) -> [(low: Int, high: Int, part: Int)] {
        let step = Double(sources) / Double(count)
        return (0..<count).map { index in
            let place = min(Double(sources - 1), max(0, (Double(index) + 0.5) * step - 0.5))
            let low = Int(place)
            return (low, min(sources - 1, low + 1), Int((place - Double(low)) * 256))
        }
    }
}
