// SPDX-License-Identifier: Apache-2.0
public import XLink

/// Says how the device is doing.
public struct SystemLogger: GraphNode {
    public typealias Input = NoPort
    public enum Output: String, GraphPort, CaseIterable { case out }
    public static let kind = "SystemLogger"

    /// Times per second.
    public var rate: Float

    public init(rate: Float = 1) { self.rate = rate }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] { [] }

    public func properties(_ layout: GraphLayout) -> NOPValue { .structure([.float(rate)]) }
}

/// Reads the motion sensor. It never updates that sensor's firmware.
public struct IMU: GraphNode {
    public typealias Input = NoPort
    public enum Output: String, GraphPort, CaseIterable { case out }
    public static let kind = "IMU"

    public enum Sensor: Int64, Sendable {
        case accelerometerRaw = 20
        case gyroscopeRaw = 21
    }

    public var sensors: [Sensor]
    /// Times per second.
    public var rate: UInt32
    /// Readings that are worth a message.
    public var batchThreshold: Int
    /// Readings of a message at most.
    public var maximumBatch: Int

    public init(_ sensors: [Sensor], rate: UInt32 = 100, batchThreshold: Int = 1, maximumBatch: Int = 5) {
        self.sensors = sensors
        self.rate = rate
        self.batchThreshold = batchThreshold
        self.maximumBatch = maximumBatch
    }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] { [] }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let sensitivity: [NOPValue] = [.bool(false), .bool(false), .unsigned(0)]
        let readings: [NOPValue] = sensors.map {
            .structure(sensitivity + [.unsigned(UInt64(rate)), .signed($0.rawValue)])
        }
        let updatesFirmware: NOPValue = .bool(false)
        return .structure([.list(readings), .signed(batchThreshold), .signed(maximumBatch), updatesFirmware])
    }
}

/// Measures the distances of parts of a depth image.
public struct SpatialLocationCalculator: GraphNode {
    public enum Input: String, GraphPort {
        case depth = "inputDepth"
        case configuration = "inputConfig"
    }
    public enum Output: String, GraphPort, CaseIterable { case passthroughDepth, out }
    public static let kind = "SpatialLocationCalculator"

    public var regions: [DeviceDepthRegion]

    public init(_ regions: [DeviceDepthRegion]) { self.regions = regions }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        [GraphInput("inputDepth", isBlocking: false, queueSize: 4, waitsForMessage: true), .settings("inputConfig")]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let configuration: NOPValue = .structure([.list(regions.map(\.nop))])
        return .structure([configuration])
    }
}
