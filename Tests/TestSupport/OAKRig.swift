// SPDX-License-Identifier: Apache-2.0
import CZlib
public import Foundation

/// The pretend gen2 camera beside the shared data: byte vectors and recordings of the vendor's own host library with it.
public enum OAKRig {
    public static let folder = SharedData.root.deletingLastPathComponent().appendingPathComponent("rigs/fake-oak2")

    /// A program that runs one of the rig's, with its arguments behind a blob that gives rows of DetectionOutput: the camera says
    /// whether it was sent that, and finds one face in every picture, its own or one it is sent, which is certain by three quarters.
    public static let seesFaces = """
        import os, runpy, struct, sys, time
        blob, sys.argv = sys.argv[1], sys.argv[2:]
        sys.path.insert(0, os.path.dirname(sys.argv[0]))
        import camera, messages, wire
        make, build, data = camera.Camera.make, camera.Camera.build, camera.Camera.data
        def face(number):
            rows = struct.pack("<7e", 0, 1, 0.75, 0.25, 0.125, 0.5, 0.625) + struct.pack("<7e", -1, 0, 0, 0, 0, 0, 0)
            tensor = (0x4321, 0, (1, 1, 200, 7), (2800, 2800, 14, 2), "detection_out", 0)
            return messages.nn_data([tensor], rows.ljust(2800, b"\\0"), number, time.monotonic_ns())
        def see(self, node, output, info):
            if node != "NeuralNetwork": return make(self, node, output, info)
            return [] if self.inputs else [face(self.seq)]
        def take(self):
            build(self)
            sent = bytes(self.storage)
            if sent: print("the network is", "whole" if sent == open(blob, "rb").read() else "another", flush=True)
        def hear(self, stream, payload):
            if stream.name != "pictures": return data(self, stream, payload)
            end = len(payload) - 24
            size = struct.unpack_from("<i", payload, end + 4)[0]
            buffer, _, _, _, number, _, _ = wire.unnop(bytes(payload[end - size:end]))[0]
            if number == 1: print("pictures of kind %d, %d by %d, %d bytes" % (*buffer[:3], end - size), flush=True)
            self.link.write(self.link.named("tensors"), face(number))
        camera.Camera.make, camera.Camera.build, camera.Camera.data = see, take, hear
        runpy.run_path(sys.argv[0], run_name="__main__")
        """

    /// `vectors.json`.
    public static func vectors() throws -> JSONDocument {
        try JSONDocument(Data(contentsOf: folder.appendingPathComponent("vectors.json")))
    }

    /// What was written to a stream.
    public struct Packet: Sendable {
        public let isFromHost: Bool
        public let stream: String
        public let payload: [UInt8]
    }

    /// All that was written in a recorded session, in the order in which each side sent.
    public static func packets(_ session: String) throws -> [Packet] {
        let records = try unzipped(folder.appendingPathComponent("recordings/\(session)/session-1.cap.gz").path)
        var packets: [Packet] = []
        var names: [UInt32: String] = [:]
        var pending: [UInt8: [UInt8]] = [:]
        var at = 0
        while at + 5 <= records.count {
            let (side, count) = (records[at], Int(word(records, at + 1)))
            pending[side, default: []] += records[(at + 5)..<min(at + 5 + count, records.count)]
            at += 5 + count
            while let packet = event(&pending[side, default: []], side: side, &names) {
                if let packet { packets.append(packet) }
            }
        }
        return packets
    }

    private static let headerBytes = 84

    /// Takes one event off the front; nil when there is no whole one, an inner nil when it is not a write.
    private static func event(_ bytes: inout [UInt8], side: UInt8, _ names: inout [UInt32: String]) -> Packet?? {
        guard bytes.count >= headerBytes else { return nil }
        let (kind, stream, size) = (word(bytes, 4), word(bytes, 72), Int(word(bytes, 76)))
        let end = headerBytes + (kind == 0 ? size : 0)
        guard bytes.count >= end else { return nil }
        if kind == 3 || kind == 11 { names[stream] = String(decoding: bytes[8..<60].prefix { $0 != 0 }, as: UTF8.self) }
        let payload = Array(bytes[headerBytes..<end])
        bytes.removeFirst(end)
        guard kind == 0 else { return .some(nil) }
        return Packet(isFromHost: side == UInt8(ascii: ">"), stream: names[stream] ?? "", payload: payload)
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) }
    }

    private static func unzipped(_ path: String) throws -> [UInt8] {
        guard let file = gzopen(path, "rb") else { throw CocoaError(.fileReadNoSuchFile) }
        defer { gzclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Int(gzread(file, &part, UInt32(part.count)))
            guard count >= 0 else { throw CocoaError(.fileReadCorruptFile) }
            guard count > 0 else { return bytes }
            bytes += part[..<count]
        }
    }
}

extension String {
    /// The bytes that the hexadecimal digits stand for.
    public var hexBytes: [UInt8] {
        let digits = utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
