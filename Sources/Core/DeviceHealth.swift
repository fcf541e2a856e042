// SPDX-License-Identifier: Apache-2.0

/// How a camera with processors of its own is doing, as it says itself.
public struct DeviceHealth: Sendable, Hashable, Codable {
    /// Degrees Celsius of the parts of its chip, and their average.
    public struct Temperatures: Sendable, Hashable, Codable {
        public var css: Double
        public var mss: Double
        public var upa: Double
        public var dss: Double
        public var average: Double

        public init(css: Double, mss: Double, upa: Double, dss: Double, average: Double) {
            (self.css, self.mss, self.upa, self.dss, self.average) = (css, mss, upa, dss, average)
        }
    }

    /// How busy its two processors are, 0...1.
    public struct Load: Sendable, Hashable, Codable {
        public var css: Double
        public var mss: Double

        public init(css: Double, mss: Double) { (self.css, self.mss) = (css, mss) }
    }

    /// One of its memories, in bytes.
    public struct Memory: Sendable, Hashable, Codable {
        public var used: Int
        public var total: Int

        private enum CodingKeys: String, CodingKey {
            case used = "used_bytes"
            case total = "total_bytes"
        }

        public init(used: Int, total: Int) { (self.used, self.total) = (used, total) }
    }

    public struct Memories: Sendable, Hashable, Codable {
        public var ddr: Memory
        /// The fast memory that the vector processors share.
        public var cmx: Memory
        public var cssHeap: Memory
        public var mssHeap: Memory

        private enum CodingKeys: String, CodingKey {
            case ddr, cmx
            case cssHeap = "css_heap"
            case mssHeap = "mss_heap"
        }

        public init(ddr: Memory, cmx: Memory, cssHeap: Memory, mssHeap: Memory) {
            (self.ddr, self.cmx, self.cssHeap, self.mssHeap) = (ddr, cmx, cssHeap, mssHeap)
        }
    }

    public var temperatures: Temperatures
    public var load: Load
    public var memory: Memories

    private enum CodingKeys: String, CodingKey {
        case temperatures = "temperatures_c"
        case load = "cpu"
        case memory
    }

    public init(temperatures: Temperatures, load: Load, memory: Memories) {
        (self.temperatures, self.load, self.memory) = (temperatures, load, memory)
    }
}
