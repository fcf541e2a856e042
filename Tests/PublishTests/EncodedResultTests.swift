// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Pipeline
import Publish
import Testing

private func encode(
    _ objects: [WireObject], encoding: ResultEncoding = .cbor, limit: Int = 1200, labels: [String] = []
) -> EncodedResult {
    EncodedResult(
        objects, head: ResultHead(frame: .max, captureNanoseconds: .max, ageMicroseconds: 0, total: objects.count),
        captured: seconds(0), stream: String(repeating: "c", count: 32) + "/object_tracker", labels: labels, encoding: encoding,
        limit: limit)
}

private let largest = WireObject(
    track: .max, state: 255, label: .max, confidence: 255, box: SIMD4(repeating: .max), millimetres: SIMD3(repeating: .min))

private func packet(_ tracks: [Track]) -> StreamPacket {
    let header = FrameHeader(
        camera: CameraID("demo")!, instance: .color, sequence: 12, captured: seconds(1), deviceNanoseconds: 99, width: 640,
        height: 400,
        format: .bgr24)
    let origin = ResultOrigin(frame: header, timing: ResultTiming())
    return StreamPacket(.tracks(TrackSet(origin: origin, labels: [], tracks: tracks)), sequence: 12, captured: seconds(1))
}

@Test func aTrackIsQuantisedAsTheProtocolSays() {
    let object = WireObject(Track(id: 7, state: .removed, detection: makeDetection(confidence: 0.9, label: 15)))
    #expect(object.track == 7)
    #expect(object.state == 3)
    #expect(object.label == 15)
    #expect(object.confidence == 230)
    #expect(object.box == SIMD4(16_384, 8192, 32_768, 65_535))
    #expect(object.millimetres == SIMD3(-125, 40, 1830))
}

@Test func whatNoNumberCanSayIsTamed() {
    var detection = makeDetection(confidence: .nan, label: -3, position: PositionMillimetres(x: 0, y: 0, z: .infinity))
    detection.box = NormalizedBox(xMin: -2, yMin: .nan, xMax: 7, yMax: .infinity)
    let object = WireObject(detection)
    #expect(object.confidence == 0)
    #expect(object.label == 0)
    #expect(object.box == SIMD4(0, 0, 65_535, 65_535))
    #expect(object.millimetres == nil)
    detection.position = PositionMillimetres(x: 3e30, y: -3e30, z: 1)
    #expect(WireObject(detection).millimetres == SIMD3(.max, .min, 1))
}

@Test func anObjectWithoutADistanceHasNullsNotZeros() throws {
    let object = WireObject(makeDetection(confidence: 1, position: nil))
    var writer = CBORWriter()
    object.write(to: &writer)
    #expect(writer.bytes.suffix(3) == [0xF6, 0xF6, 0xF6])
    var reader = CBORReader(writer.bytes[...])
    let read = try WireObject(&reader)
    #expect(read == object)
}

@Test func theSurestObjectsComeFirst() throws {
    let confidences: [Float] = [0.2, 0.9, 0.5, 0.9]
    let tracks = confidences.enumerated().map {
        Track(id: $0.offset, state: .tracked, detection: makeDetection(confidence: $0.element))
    }
    #expect(try #require(ResultContent(packet(tracks))).objects.map(\.track) == [1, 3, 2, 0])
}

@Test func twentyEightOfTheLargestObjectsFitOneDatagram() {
    #expect(encode([WireObject](repeating: largest, count: 25)).parts.count == 1)
    let head = ResultHead(frame: 1 << 31, captureNanoseconds: 1 << 63, ageMicroseconds: 0, total: 28)
    let result = EncodedResult(
        [WireObject](repeating: largest, count: 28), head: head, captured: seconds(0), stream: "a/b", labels: [], encoding: .cbor,
        limit: 1200)
    #expect(result.parts.count == 1)
}

@Test(arguments: ResultEncoding.allCases, [600, 700, 1200])
func partsFitTheLimitAndTogetherHoldEveryObject(encoding: ResultEncoding, limit: Int) throws {
    let labels = [String](repeating: String(repeating: "\"", count: 90), count: 65_536)
    let result = encode([WireObject](repeating: largest, count: 300), encoding: encoding, limit: limit, labels: labels)
    let sent = result.parts.map(\.count).reduce(0, +)
    #expect(sent == 300 || (result.isTruncated && result.parts.count == 255 && sent >= 255))
    for part in result.parts.indices {
        var header = WireHeader(.result)
        header.session = .max
        header.sequence = .max
        let datagram = result.datagram(part: part, header: header, at: seconds(1e7))
        #expect(datagram.count <= limit)
        #expect(datagram[16] == UInt8(part))
        #expect(datagram[17] == UInt8(result.parts.count))
        if encoding == .json {
            #expect(datagram.last == UInt8(ascii: "\n"))
            let json = try #require(try JSONSerialization.jsonObject(with: Data(datagram[24...])) as? [String: Any])
            #expect((json["objects"] as? [Any])?.count == result.parts[part].count)
        } else {
            #expect(
                try ResultBody(try WireHeader(reading: datagram), reading: datagram).objects.count == result.parts[part].count)
        }
    }
}

@Test func moreObjectsThan255PartsHoldAreTruncatedAndSaidSo() {
    let result = encode([WireObject](repeating: largest, count: 2000), limit: 256)
    #expect(result.parts.count == 255)
    #expect(result.isTruncated)
    #expect(result.datagram(part: 0, header: WireHeader(.result), at: seconds(1))[7] & 1 == 1)
}

@Test func anEmptyFrameIsOneDatagramOfFortyFourBytesOrSo() {
    let result = EncodedResult(
        [], head: ResultHead(frame: 123_456, captureNanoseconds: 1_234_567_890_123_456, ageMicroseconds: 0, total: 0),
        captured: seconds(0), stream: "a/b", labels: [], encoding: .cbor, limit: 1200)
    #expect(result.datagram(part: 0, header: WireHeader(.result), at: seconds(0.033)).count == 44)
}

@Test func theAgeIsTheOneAtSending() throws {
    let datagram = encode([]).datagram(part: 0, header: WireHeader(.result), at: seconds(0.033))
    #expect(try ResultBody(try WireHeader(reading: datagram), reading: datagram).head.ageMicroseconds == 33_000)
}

@Test func jsonHasEveryFieldByName() throws {
    let object = WireObject(
        track: 7, state: 1, label: 1, confidence: 255, box: SIMD4(0, 13_107, 65_535, 65_535), millimetres: nil)
    let result = encode([object], encoding: .json, labels: ["a", "b\"\n"])
    let text = String(decoding: result.datagram(part: 0, header: WireHeader(.result), at: seconds(0))[24...], as: UTF8.self)
    #expect(
        text.hasSuffix(
            #""total":1,"objects":[{"track":7,"state":1,"label":1,"label_name":"b\" ","confidence":1.00000,"box":[0.00000,0.20000,1.00000,1.00000],"x_mm":null,"y_mm":null,"z_mm":null}]}"#
                + "\n"))
}

@Test(arguments: [600, 700, 1200])
func readingsOfAMotionSensorAreTheSameJSONInPartsThatFit(limit: Int) throws {
    let extreme: SIMD3<Float> = [-.leastNormalMagnitude, -.greatestFiniteMagnitude, 9.81]
    let samples = (0..<64).map { index in
        MotionSample(time: Timestamp(nanoseconds: .max - Int64(index)), acceleration: extreme, rotationRate: extreme)
    }
    let batch = MotionBatch(camera: CameraID(String(repeating: "c", count: 32))!, sequence: .max, samples: samples)
    let result = EncodedResult(batch, stream: "c/imu", limit: limit)
    #expect(result.parts.map(\.count).reduce(0, +) == 64 && !result.isTruncated)
    var times: [Int64] = []
    for part in result.parts.indices {
        let datagram = result.datagram(part: part, header: WireHeader(.result), at: seconds(1))
        #expect(datagram.count <= limit && datagram[6] == ResultEncoding.json.rawValue && datagram[17] == result.parts.count)
        let line = String(decoding: datagram[24...], as: UTF8.self)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(json["sequence"] as? Int == .max)
        times += (json["samples"] as? [[String: Any]] ?? []).compactMap { $0["timestamp_ns"] as? Int64 }
    }
    #expect(times == samples.map(\.time.nanoseconds))
    let whole = EncodedResult(
        MotionBatch(camera: batch.camera, sequence: 1, samples: Array(samples.prefix(2))), stream: "c/imu", limit: 1200)
    let line = String(decoding: whole.datagram(part: 0, header: WireHeader(.result), at: seconds(1))[24...], as: UTF8.self)
    #expect(line == MotionJSON.text(MotionBatch(camera: batch.camera, sequence: 1, samples: Array(samples.prefix(2)))) + "\n")
}
