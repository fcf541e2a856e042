// SPDX-License-Identifier: Apache-2.0
import TestSupport

/// Bytes of the rig's vectors, whole and damaged.
enum Seeds {
    /// Node properties and the encoding's own vectors.
    static func nop() throws -> [[UInt8]] {
        let vectors = try OAKRig.vectors()
        let properties = (vectors["properties"]?.object ?? [:]).sorted { $0.key < $1.key }.flatMap { $0.value.array ?? [] }
        return hex(properties + (vectors["nop"]?.array ?? [])) + [try log()]
    }

    static func log() throws -> [UInt8] { (try OAKRig.vectors()["log"]?["hex"]?.string ?? "").hexBytes }

    static func calls() throws -> [[UInt8]] { hex(try OAKRig.vectors()["rpc"]?.array ?? []) }

    static func messages() throws -> [[UInt8]] { hex(try OAKRig.vectors()["messages"]?.array ?? []) }

    private static func hex(_ vectors: [JSONDocument]) -> [[UInt8]] { vectors.compactMap { $0["hex"]?.string?.hexBytes } }

    /// Noise, or one of the seeds with some of its bytes changed, or cut, or with others put in.
    static func damaged(_ seeds: [[UInt8]], _ random: inout SeededRandom) -> [UInt8] {
        guard Int.random(in: 0..<8, using: &random) > 0, var bytes = seeds.randomElement(using: &random), !bytes.isEmpty else {
            return random.bytes(Int.random(in: 0..<64, using: &random))
        }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
            case 1: bytes.removeSubrange(at..<min(bytes.count, at + 3))
            default: bytes[at] = UInt8.random(in: 0...255, using: &random)
            }
            if bytes.isEmpty { break }
        }
        return bytes
    }
}
