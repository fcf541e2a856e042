// SPDX-License-Identifier: Apache-2.0
import CLZMA
import CZlib

/// Images and what they are distributed in, made up for tests: nothing in them is the vendor's.
enum FirmwareFixtures {
    static func word(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    static func label(_ name: String) -> [UInt8] { [0xA8] + word(name.utf8.count + 2, 2) + [0] + Array(name.utf8) + [0] }

    static func load(_ bytes: [UInt8]) -> [UInt8] { [0x8A] + word(0x7000_0000, 4) + word(bytes.count / 4, 2) + bytes }

    static let jump: [UInt8] = [0xA4] + word(0x7000_0000, 4)

    /// An image with a record of each kind.
    static func image(_ program: String = "test.elf", payload: Int = 4000) -> [UInt8] {
        let body = (0..<payload).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 7) }
        let records: [[UInt8]] = [
            [0xC9, 1, 2], label("start"), [0x9A] + word(0x2032_00A8, 4) + word(1, 4), load(body), [0, 0, 0],
            [0x84] + word(0x7000_0000, 4) + word(9, 2), [0xBA] + word(0x7000_0000, 4), label(program), load(body), jump,
            [0, 0, 0],
        ]
        return Array("MA2x".utf8) + records.joined()
    }

    static func tar(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var archive: [UInt8] = []
        for file in files {
            var header = [UInt8](repeating: 0, count: 512)
            header.replaceSubrange(0..<file.name.utf8.count, with: file.name.utf8)
            let size = String(file.bytes.count, radix: 8)
            header.replaceSubrange(124..<135, with: (String(repeating: "0", count: 11 - size.utf8.count) + size).utf8)
            header[156] = UInt8(ascii: "0")
            header.replaceSubrange(257..<262, with: "ustar".utf8)
            archive += header + file.bytes + [UInt8](repeating: 0, count: (512 - file.bytes.count % 512) % 512)
        }
        return archive + [UInt8](repeating: 0, count: 1024)
    }

    static func xz(_ bytes: [UInt8]) -> [UInt8] {
        var length = 0
        return [UInt8](unsafeUninitializedCapacity: lzma_stream_buffer_bound(bytes.count)) { output, count in
            let result = lzma_easy_buffer_encode(
                6, LZMA_CHECK_CRC64, nil, bytes, bytes.count, output.baseAddress, &length, output.count)
            precondition(result == LZMA_OK)
            count = length
        }
    }

    /// What an extension module has of interest: other bytes, the bare mark of xz, and two streams.
    static func module(_ image: [UInt8], bootloader: Bool = true) -> [UInt8] {
        let noise = (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let device = tar([("depthai.patch", noise), ("depthai-device-openvino-universal-0.cmd", image)])
        let boot = tar([("depthai-bootloader-usb.cmd", self.image("depthai-bootloader-usb.elf"))])
        return [0x7F, 0x45, 0x4C, 0x46] + noise + [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00] + noise
            + (bootloader ? xz(boot) : []) + noise + xz(device) + noise
    }

    static func zip(_ files: [(name: String, bytes: [UInt8])], deflating: Bool = true) -> [UInt8] {
        var (archive, directory): ([UInt8], [UInt8]) = ([], [])
        for file in files {
            let stored = deflating ? deflated(file.bytes) : file.bytes
            let common =
                word(20, 2) + word(0, 2) + word(deflating ? 8 : 0, 2) + word(0, 4) + word(Int(crc(file.bytes)), 4)
                + word(stored.count, 4) + word(file.bytes.count, 4) + word(file.name.utf8.count, 2) + word(0, 2)
            directory += [0x50, 0x4B, 1, 2] + word(20, 2) + common + word(0, 10) + word(archive.count, 4) + Array(file.name.utf8)
            archive += [0x50, 0x4B, 3, 4] + common + Array(file.name.utf8) + stored
        }
        let end = word(0, 4) + word(files.count, 2) + word(files.count, 2) + word(directory.count, 4) + word(archive.count, 4)
        return archive + directory + [0x50, 0x4B, 5, 6] + end + word(0, 2)
    }

    static func wheel(_ image: [UInt8], platform: String = "x86_64-linux-gnu.so") -> [UInt8] {
        zip([("depthai/__init__.pyi", Array("# types".utf8)), ("depthai.cpython-311-\(platform)", module(image))])
    }

    private static func crc(_ bytes: [UInt8]) -> UInt { crc32(0, bytes, UInt32(bytes.count)) }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        precondition(
            deflateInit2_(
                &stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        return input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            return [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(input.count)))) { output, count in
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
                count = output.count - Int(stream.avail_out)
            }
        }
    }
}
