// SPDX-License-Identifier: Apache-2.0

/// The LZW of GIF (appendix F): codes of 3 to 12 bits, lowest bit first, in sub-blocks of up to 255 bytes.
struct GIFUnpacker {
    private let view: ByteView
    private let smallest: Int
    /// The next byte of the chain of sub-blocks, and how many this one still has.
    private var offset: Int
    private var left = 0
    private var bits = 0
    private var bitCount = 0
    /// For each code the code of all its numbers but the last, that last one, and how many it stands for.
    private var prefix = [UInt16](repeating: 0, count: 4096)
    private var suffix = [UInt8](repeating: 0, count: 4096)
    private var length = [Int32](repeating: 0, count: 4096)

    /// - Parameter start: where the byte with the smallest code size stands, 2...8.
    init(_ view: ByteView, at start: Int) {
        self.view = view
        smallest = Int(view.byte(at: start) ?? 2)
        offset = start + 1
        for code in 0..<1 << smallest {
            suffix[code] = UInt8(code)
            length[code] = 1
        }
    }

    /// Exactly `count` numbers, or nil when the data are damaged or end early.
    mutating func unpack(_ count: Int) -> [UInt8]? {
        let (clear, end) = (1 << smallest, 1 << smallest + 1)
        var output = [UInt8](repeating: 0, count: count)
        var written = 0
        var (width, next, previous) = (smallest + 1, clear + 2, -1)
        while written < count {
            guard let code = read(width) else { return nil }
            if code == clear {
                (width, next, previous) = (smallest + 1, clear + 2, -1)
                continue
            }
            guard code != end else { return nil }
            if previous < 0 {
                guard code < clear else { return nil }
                output[written] = UInt8(code)
                written += 1
                previous = code
                continue
            }
            // A code that is just being made stands for its predecessor and that one's first number again.
            guard code <= next, code < 4096 else { return nil }
            let isNew = code == next
            if isNew && next >= 4096 { return nil }
            let known = isNew ? previous : code
            let first = write(known, to: &output, at: written)
            var total = Int(length[known])
            if isNew {
                if written + total < count { output[written + total] = first }
                total += 1
            }
            written += total
            if next < 4096 {
                prefix[next] = UInt16(previous)
                suffix[next] = first
                length[next] = length[previous] + 1
                next += 1
                if next == 1 << width, width < 12 { width += 1 }
            }
            previous = code
        }
        return output
    }

    /// Writes what `code` stands for, as far as it fits, and returns its first number.
    private func write(_ code: Int, to output: inout [UInt8], at start: Int) -> UInt8 {
        var code = code
        var position = start + Int(length[code]) - 1
        while length[code] > 1 {
            if position < output.count { output[position] = suffix[code] }
            position -= 1
            code = Int(prefix[code])
        }
        if start < output.count { output[start] = suffix[code] }
        return suffix[code]
    }

    private mutating func read(_ width: Int) -> Int? {
        while bitCount < width {
            if left == 0 {
                guard let size = view.byte(at: offset), size > 0 else { return nil }
                left = Int(size)
                offset += 1
            }
            guard let byte = view.byte(at: offset) else { return nil }
            offset += 1
            left -= 1
            bits |= Int(byte) << bitCount
            bitCount += 8
        }
        defer {
            bits >>= width
            bitCount -= width
        }
        return bits & (1 << width - 1)
    }
}
