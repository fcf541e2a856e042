// SPDX-License-Identifier: Apache-2.0

/// A message on a data stream: bytes such as an image's, and what they are.
///
/// On the wire the bytes come first, then the metadata, its kind and length, and a marker. Parsing copies none of the bytes:
/// it says where in the payload they are.
public struct DeviceMessage: Sendable, Hashable {
    /// Where in the payload the bytes are.
    public let data: Range<Int>
    public let content: Content

    /// What a message is about.
    public enum Content: Sendable, Hashable {
        case buffer(DeviceStamp)
        case frame(DeviceFrame)
        case encodedFrame(DeviceEncodedFrame)
        case tensors(DeviceTensors)
        case detections(DeviceDetections)
        case spatialDetections(DeviceSpatialDetections)
        case systemInformation(DeviceSystemInformation)
        case locations(DeviceLocations)
        case tracklets(DeviceTracklets)
        case motion(DeviceMotion)
        case group(DeviceMessageGroup)
        /// A change of a camera's settings; from the host only.
        case cameraControl(DeviceCameraControl)
        /// A kind that depthd has no use for: count it and go on.
        case unknown(kind: Int32)
    }

    /// The last bytes of every message since firmware 2.26.
    public static let marker: [UInt8] = [
        0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67, 0x89, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0,
    ]
    /// Kind, length of the metadata, marker.
    private static let trailerBytes = 24

    /// Reads a payload; it is borrowed for the call.
    public static func parse(_ payload: UnsafeRawBufferPointer) throws(XLinkDecodingError) -> DeviceMessage {
        guard payload.count >= trailerBytes else { throw .badTrailer(reason: "is cut: \(payload.count) bytes in all") }
        let end = payload.count - trailerBytes
        guard hasMarker(payload) else { throw .badTrailer(reason: "has no marker") }
        let kind = Int32(littleEndian: payload.loadUnaligned(fromByteOffset: end, as: Int32.self))
        let length = Int(Int32(littleEndian: payload.loadUnaligned(fromByteOffset: end + 4, as: Int32.self)))
        guard length >= 0, length <= end else { throw .badTrailer(reason: "announces \(length) bytes of metadata of \(end)") }
        var decoder = NOPDecoder(UnsafeRawBufferPointer(rebasing: payload[end - length..<end]))
        return DeviceMessage(data: 0..<end - length, content: try content(kind, &decoder))
    }

    /// Reads a payload.
    public static func parse(_ payload: [UInt8]) throws(XLinkDecodingError) -> DeviceMessage {
        try payload.span.withUnsafeBytes { bytes throws(XLinkDecodingError) in try parse(bytes) }
    }

    /// The payload of a message. Unknown kinds get no metadata.
    public static func encode(_ content: Content, data: [UInt8] = []) -> [UInt8] {
        let metadata = content.nop.map(NOPEncoder.encode) ?? []
        var payload: [UInt8] = []
        payload.reserveCapacity(data.count + metadata.count + trailerBytes)
        payload += data
        payload += metadata
        for number in [content.kind, Int32(metadata.count)] {
            withUnsafeBytes(of: number.littleEndian) { payload.append(contentsOf: $0) }
        }
        return payload + marker
    }

    private static func hasMarker(_ payload: UnsafeRawBufferPointer) -> Bool {
        let at = payload.count - 16
        return UInt64(bigEndian: payload.loadUnaligned(fromByteOffset: at, as: UInt64.self)) == 0xABCD_EF01_2345_6789
            && UInt64(bigEndian: payload.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)) == 0x1234_5678_9ABC_DEF0
    }

    private static func content(_ kind: Int32, _ decoder: inout NOPDecoder) throws(XLinkDecodingError) -> Content {
        switch kind {
        case 0: .buffer(try buffer(&decoder))
        case 1: .frame(try DeviceFrame(&decoder))
        case 2: .encodedFrame(try DeviceEncodedFrame(&decoder))
        case 3: .tensors(try DeviceTensors(&decoder))
        case 5: .cameraControl(try DeviceCameraControl(&decoder))
        case 6: .detections(try DeviceDetections(&decoder))
        case 7: .spatialDetections(try DeviceSpatialDetections(&decoder))
        case 8: .systemInformation(try DeviceSystemInformation(&decoder))
        case 10: .locations(try DeviceLocations(&decoder))
        case 14: .tracklets(try DeviceTracklets(&decoder))
        case 15: .motion(try DeviceMotion(&decoder))
        case 23: .group(try DeviceMessageGroup(&decoder))
        default: .unknown(kind: kind)
        }
    }

    private static func buffer(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) -> DeviceStamp {
        let surplus = try decoder.structure("buffer", fields: 3)
        let stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
        return stamp
    }
}

extension DeviceMessage.Content {
    /// The number of this kind on the wire.
    public var kind: Int32 {
        switch self {
        case .buffer: 0
        case .frame: 1
        case .encodedFrame: 2
        case .tensors: 3
        case .cameraControl: 5
        case .detections: 6
        case .spatialDetections: 7
        case .systemInformation: 8
        case .locations: 10
        case .tracklets: 14
        case .motion: 15
        case .group: 23
        case .unknown(let kind): kind
        }
    }

    /// Which exposure it is of; nil for messages without.
    public var stamp: DeviceStamp? {
        switch self {
        case .buffer(let stamp): stamp
        case .frame(let content): content.stamp
        case .encodedFrame(let content): content.stamp
        case .tensors(let content): content.stamp
        case .detections(let content): content.stamp
        case .spatialDetections(let content): content.stamp
        case .locations(let content): content.stamp
        case .tracklets(let content): content.stamp
        case .motion(let content): content.stamp
        case .group(let content): content.stamp
        case .systemInformation, .cameraControl, .unknown: nil
        }
    }

    fileprivate var nop: NOPValue? {
        switch self {
        case .buffer(let stamp): .structure(stamp.fields)
        case .frame(let content): content.nop
        case .encodedFrame(let content): content.nop
        case .tensors(let content): content.nop
        case .detections(let content): content.nop
        case .spatialDetections(let content): content.nop
        case .systemInformation(let content): content.nop
        case .locations(let content): content.nop
        case .tracklets(let content): content.nop
        case .motion(let content): content.nop
        case .group(let content): content.nop
        case .cameraControl(let content): content.nop
        case .unknown: nil
        }
    }
}
