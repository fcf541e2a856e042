// SPDX-License-Identifier: Apache-2.0
public import Core

/// Readings of the motion sensor.
public struct DeviceMotion: Sendable, Hashable, NOPRepresentable {
    public var readings: [DeviceMotionReading]
    public var stamp: DeviceStamp

    public init(_ readings: [DeviceMotionReading], stamp: DeviceStamp) {
        self.readings = readings
        self.stamp = stamp
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("motion", fields: 4)
        readings = try decoder.list(of: DeviceMotionReading.self, "motion")
        stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure([readings.nop] + stamp.fields) }
}

/// One reading; sensors that are off, or that the device lacks, have zeros.
public struct DeviceMotionReading: Sendable, Hashable, NOPRepresentable, FiniteCheckable {
    /// x, y, z in m/s²; w is 0.
    public var acceleration: DeviceMotionValue
    /// x, y, z in rad/s; w is 0.
    public var rotationRate: DeviceMotionValue
    /// x, y, z in µT; w is 0.
    public var magneticField: DeviceMotionValue
    /// The quaternion i, j, k and real.
    public var rotation: DeviceMotionValue
    /// Of the rotation, in radians.
    public var rotationAccuracy: Float

    public init(
        acceleration: DeviceMotionValue, rotationRate: DeviceMotionValue, magneticField: DeviceMotionValue,
        rotation: DeviceMotionValue, rotationAccuracy: Float = 0
    ) {
        self.acceleration = acceleration
        self.rotationRate = rotationRate
        self.magneticField = magneticField
        self.rotation = rotation
        self.rotationAccuracy = rotationAccuracy
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("motion reading", fields: 4)
        acceleration = try DeviceMotionValue(vectorIn: &decoder)
        rotationRate = try DeviceMotionValue(vectorIn: &decoder)
        magneticField = try DeviceMotionValue(vectorIn: &decoder)
        let further = try decoder.structure("rotation", fields: 9)
        let quaternion = SIMD4(
            try decoder.float("rotation.i"), try decoder.float("rotation.j"), try decoder.float("rotation.k"),
            try decoder.float("rotation.real"))
        rotationAccuracy = try decoder.float("rotation.accuracy")
        rotation = try DeviceMotionValue(quaternion, restOf: &decoder)
        try decoder.skip(further)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        .structure([
            .structure(acceleration.vector), .structure(rotationRate.vector), .structure(magneticField.vector),
            .structure(
                (0..<4).map { .float(rotation.value[$0]) } + [.float(rotationAccuracy)] + rotation.rest),
        ])
    }

    public var isFinite: Bool {
        rotationAccuracy.isFinite
            && [acceleration, rotationRate, magneticField, rotation].allSatisfy { reading in
                (0..<4).allSatisfy { reading.value[$0].isFinite }
            }
    }
}

/// What one of the motion sensors measured.
public struct DeviceMotionValue: Sendable, Hashable {
    public var value: SIMD4<Float>
    public var sequence: Int32
    /// 0 (unreliable) ... 3 (high).
    public var accuracy: UInt8
    public var time: Timestamp
    public var deviceTime: Timestamp

    public init(_ value: SIMD4<Float>, sequence: Int32 = 0, accuracy: UInt8 = 0, time: Timestamp, deviceTime: Timestamp) {
        self.value = value
        self.sequence = sequence
        self.accuracy = accuracy
        self.time = time
        self.deviceTime = deviceTime
    }

    fileprivate init(vectorIn decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("motion value", fields: 7)
        let vector = SIMD4(
            try decoder.float("motion value.x"), try decoder.float("motion value.y"), try decoder.float("motion value.z"), 0)
        try self.init(vector, restOf: &decoder)
        try decoder.skip(surplus)
    }

    fileprivate init(_ value: SIMD4<Float>, restOf decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        self.value = value
        sequence = try decoder.integer("motion value.sequence")
        accuracy = try decoder.integer("motion value.accuracy")
        time = try Timestamp(&decoder)
        deviceTime = try Timestamp(&decoder)
    }

    fileprivate var vector: [NOPValue] { (0..<3).map { .float(value[$0]) } + rest }

    fileprivate var rest: [NOPValue] {
        [.signed(Int64(sequence)), .unsigned(UInt64(accuracy)), time.nop, deviceTime.nop]
    }
}
