// SPDX-License-Identifier: Apache-2.0

/// The machine underneath.
public struct SystemStatus: Sendable, Codable, Hashable {
    /// Celsius by sensor name; empty where the machine tells none.
    public var temperatures: [String: Double]
    /// Load average over one minute.
    public var load: Double
    public var memoryTotalBytes: Int
    public var memoryAvailableBytes: Int
    /// Memory of this process.
    public var residentBytes: Int
    /// CPU seconds of this process since its start.
    public var cpuSeconds: Double

    private enum CodingKeys: String, CodingKey {
        case temperatures
        case load
        case memoryTotalBytes = "memory_total_bytes"
        case memoryAvailableBytes = "memory_available_bytes"
        case residentBytes = "resident_bytes"
        case cpuSeconds = "cpu_s"
    }

    public init(
        temperatures: [String: Double], load: Double, memoryTotalBytes: Int, memoryAvailableBytes: Int, residentBytes: Int,
        cpuSeconds: Double
    ) {
        self.temperatures = temperatures
        self.load = load
        self.memoryTotalBytes = memoryTotalBytes
        self.memoryAvailableBytes = memoryAvailableBytes
        self.residentBytes = residentBytes
        self.cpuSeconds = cpuSeconds
    }
}
