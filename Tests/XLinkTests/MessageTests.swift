// SPDX-License-Identifier: Apache-2.0
import Core
import TestSupport
import Testing
import XLink

struct MessageTests {
    private static let time = Timestamp(nanoseconds: 12_000_000_345)
    private static let stamp = DeviceStamp(sequence: 7, time: time, deviceTime: time)
    private static let exposure = DeviceExposure(microseconds: 8000, iso: 400)
    private static let box = DeviceBox(label: 15, confidence: 0.5, left: 0.25, top: 0.25, right: 0.75, bottom: 0.75)
    private static let place = SIMD3<Float>(100, -50, 1500)
    private static let region = DeviceDepthRegion(
        DeviceRectangle(x: 0.25, y: 0.25, width: 0.5, height: 0.5), nearestMillimetres: 100, farthestMillimetres: 5000,
        algorithm: DeviceDepthRegion.Algorithm.nearest)

    private static func frame(_ format: DeviceFrame.Format, _ width: Int, _ height: Int, bytes: Int, socket: UInt32)
        -> DeviceFrame
    {
        DeviceFrame(
            format: format, width: width, height: height, stride: width * bytes, bytesPerPixel: bytes, exposure: exposure,
            socket: socket, stamp: stamp)
    }

    private static func motion(_ x: Float, _ y: Float, _ z: Float, accuracy: UInt8) -> DeviceMotionValue {
        DeviceMotionValue(SIMD4(x, y, z, 0), accuracy: accuracy, time: time, deviceTime: time)
    }

    /// In the order of the rig's vectors.
    private static let contents: [DeviceMessage.Content] = [
        .frame(frame(.raw8, 2, 2, bytes: 1, socket: 1)),
        .frame(frame(.raw16, 2, 1, bytes: 2, socket: 2)),
        .detections(DeviceDetections([box], stamp: stamp)),
        .detections(DeviceDetections([], stamp: stamp)),
        .spatialDetections(
            DeviceSpatialDetections([DeviceSpatialBox(box: box, position: place, mapping: region)], stamp: stamp)),
        .tracklets(
            DeviceTracklets(
                [
                    DeviceTracklet(
                        region: region.region, id: 3, label: 15, age: 200, status: .tracked, detection: box, position: place)
                ], stamp: stamp)),
        .tensors(
            DeviceTensors(
                [DeviceTensor(name: "out", element: .float16, order: 0x43, dimensions: [1, 2], strides: [4, 2])], stamp: stamp)),
        .systemInformation(
            DeviceSystemInformation(
                ddr: DeviceMemory(remaining: 240 << 20, used: 100 << 20, total: 340 << 20),
                cmx: DeviceMemory(remaining: 512 << 10, used: 2 << 20, total: 2560 << 10),
                cssHeap: DeviceMemory(remaining: 40 << 20, used: 30 << 20, total: 70 << 20),
                mssHeap: DeviceMemory(remaining: 15 << 20, used: 5 << 20, total: 20 << 20),
                cssLoad: DeviceLoad(average: 0.25, milliseconds: 1000), mssLoad: DeviceLoad(average: 0.1, milliseconds: 1000),
                temperatures: DeviceTemperatures(css: 41, mss: 42, upa: 43, dss: 44, average: 42.5))),
        .motion(
            DeviceMotion(
                [
                    DeviceMotionReading(
                        acceleration: motion(0, 9.75, 0, accuracy: 3), rotationRate: motion(0, 0.5, 0, accuracy: 3),
                        magneticField: motion(0, 0, 0, accuracy: 0), rotation: motion(0, 0, 0, accuracy: 0))
                ], stamp: stamp)),
        .encodedFrame(DeviceEncodedFrame(profile: .jpeg, size: 4, quality: 80, exposure: exposure, stamp: stamp)),
        .locations(
            DeviceLocations(
                [
                    DeviceLocation(
                        region: region, mean: 1500, mode: 1500, median: 1500, nearest: 900, farthest: 2100, pixels: 1234,
                        position: place)
                ], stamp: stamp)),
        .group(DeviceMessageGroup(["left": 0, "right": 1], stamp: stamp)),
    ]

    @Test(.enabled(if: SharedData.isRequired))
    func theVectorsOfTheRigInBothDirections() throws {
        let vectors = try #require(try OAKRig.vectors()["messages"]?.array)
        #expect(vectors.count == Self.contents.count)
        for (vector, content) in zip(vectors, Self.contents) {
            let payload = try #require(vector["hex"]?.string).hexBytes
            let data = try #require(vector["data"]?.string).hexBytes
            let message = try DeviceMessage.parse(payload)
            #expect(message.content == content)
            #expect(Array(payload[message.data]) == data)
            #expect(DeviceMessage.encode(content, data: data) == payload, "\(content)")
            #expect(Double(content.kind) == vector["type"]?.number)
        }
    }

    @Test(.enabled(if: SharedData.isRequired), arguments: ["simple", "nn", "all", "more", "nn-2.33"])
    func everyRecordedMessageIsReadAndWrittenAsItWas(session: String) throws {
        var kinds: Set<Int32> = []
        for packet in try OAKRig.packets(session) where packet.payload.suffix(16).elementsEqual(DeviceMessage.marker) {
            let message = try DeviceMessage.parse(packet.payload)
            kinds.insert(message.content.kind)
            let again = DeviceMessage.encode(message.content, data: Array(packet.payload[message.data]))
            #expect(again == packet.payload)
        }
        let expected: [String: Set<Int32>] = ["simple": [1], "all": [1, 3, 5, 7, 8, 14, 15], "more": [1, 2, 6, 7, 10, 23]]
        #expect(kinds.isSuperset(of: expected[session] ?? [1, 7, 14]), "\(kinds)")
    }

    @Test func aBufferIsAStamp() throws {
        let payload = DeviceMessage.encode(.buffer(Self.stamp), data: [1, 2, 3])
        let message = try DeviceMessage.parse(payload)
        #expect(message.content == .buffer(Self.stamp))
        #expect(message.content.stamp == Self.stamp)
        #expect(message.data == 0..<3)
    }

    @Test func unknownKindsAreNoErrors() throws {
        let message = try DeviceMessage.parse(DeviceMessage.encode(.unknown(kind: 21), data: [9]))
        #expect(message.content == .unknown(kind: 21))
        #expect(message.data == 0..<1)
    }

    @Test(.enabled(if: SharedData.isRequired))
    func everyTruncationIsAnErrorAlsoOfTheMetadataAlone() throws {
        for payload in try Seeds.messages() {
            for end in 0..<payload.count {
                #expect(throws: XLinkDecodingError.self) { try DeviceMessage.parse(Array(payload[..<end])) }
            }
            let message = try DeviceMessage.parse(payload)
            let metadata = Array(payload[message.data.upperBound..<payload.count - 24])
            for end in 0..<metadata.count {
                let cut = Self.payload(metadata: Array(metadata[..<end]), kind: message.content.kind)
                #expect(throws: XLinkDecodingError.self) { try DeviceMessage.parse(cut) }
            }
        }
    }

    private static func payload(metadata: [UInt8], kind: Int32, length: Int32? = nil) -> [UInt8] {
        var payload = metadata
        for number in [kind, length ?? Int32(metadata.count)] {
            withUnsafeBytes(of: number.littleEndian) { payload.append(contentsOf: $0) }
        }
        return payload + DeviceMessage.marker
    }

    @Test(arguments: [-1, .min, 9, .max] as [Int32])
    func aLengthThatCannotBeIsRefused(length: Int32) {
        #expect(throws: XLinkDecodingError.badTrailer(reason: "announces \(length) bytes of metadata of 8")) {
            try DeviceMessage.parse(Self.payload(metadata: [UInt8](repeating: 0, count: 8), kind: 1, length: length))
        }
    }

    @Test func aWrongMarkerIsToldFromOtherFaults() {
        var payload = DeviceMessage.encode(.buffer(Self.stamp))
        payload[payload.count - 1] ^= 1
        #expect(throws: XLinkDecodingError.badTrailer(reason: "has no marker")) { try DeviceMessage.parse(payload) }
    }

    @Test func metadataOfLaterFirmwareMayHaveFurtherFields() throws {
        let metadata = NOPEncoder.encode(
            .structure([.signed(7), Self.time.nop, Self.time.nop, .text("later"), .list([.float(1)])]))
        #expect(try DeviceMessage.parse(Self.payload(metadata: metadata, kind: 0)).content == .buffer(Self.stamp))
    }

    @Test func timesBeyondTheClockAreRefused() {
        let metadata = NOPEncoder.encode(.structure([.signed(7), .structure([.signed(Int64.max), .signed(0)]), Self.time.nop]))
        #expect(throws: XLinkDecodingError.self) { try DeviceMessage.parse(Self.payload(metadata: metadata, kind: 0)) }
    }

    @Test(.enabled(if: SharedData.isRequired))
    func noiseEndsInAMessageOrAnError() throws {
        var random = SeededRandom(2027)
        let seeds = try Seeds.messages()
        var read = 0
        for _ in 0..<50_000 {
            let metadata = Seeds.damaged(seeds.map { Array($0.dropLast(24)) }, &random)
            let kind = Int32.random(in: 0...24, using: &random)
            let parsed = try? DeviceMessage.parse(Self.payload(metadata: metadata, kind: kind))
            if let parsed, parsed.content != .unknown(kind: kind) { read += 1 }
            if case .frame(let frame) = parsed?.content { _ = frame.layout(dataBytes: metadata.count) }
            if case .tensors(let content) = parsed?.content {
                for tensor in content.tensors { _ = tensor.range(in: 0..<metadata.count) }
            }
        }
        #expect(read > 100)
    }

    @Test(.enabled(if: SharedData.isRequired))
    func theLogOfADevice() throws {
        let bytes = try Seeds.log()
        let line = DeviceLogLine(node: "system", level: .warning, time: Self.time, text: "hello")
        #expect(try DeviceLogLine.parse(bytes) == [line])
        #expect(NOPEncoder.encode(.list([line.nop])) == bytes)
        for end in 0..<bytes.count {
            #expect(throws: XLinkDecodingError.self) { try DeviceLogLine.parse(Array(bytes[..<end])) }
        }
    }

    // MARK: - What is in them

    @Test func boxesThatAreNotFiniteAreDroppedAndCounted() {
        var boxes = [Self.box, Self.box, Self.box]
        boxes[1].right = .nan
        boxes[2].confidence = .infinity
        #expect(boxes.dropNonFinite() == 2)
        #expect(boxes == [Self.box])
        var places = [DeviceSpatialBox(box: Self.box, position: [0, .nan, 0], mapping: Self.region)]
        #expect(places.dropNonFinite() == 1)
    }

    @Test func aTensorIsWithinItsMessage() {
        var tensor = DeviceTensor(name: "a", element: .float16, order: 0x43, dimensions: [1, 2], strides: [4, 2], offset: 64)
        #expect(tensor.range(in: 0..<68) == 64..<68)
        #expect(tensor.range(in: 0..<67) == nil)
        tensor.strides = [4]
        #expect(tensor.range(in: 0..<68) == nil)
        tensor.strides = [.max, .max]
        tensor.dimensions = [.max, .max]
        #expect(tensor.range(in: 0..<68) == nil)
        tensor.dimensions = [0, 2]
        #expect(tensor.range(in: 0..<68) == nil)
    }

    @Test func anEncodedFrameIsWithinItsMessage() {
        var frame = DeviceEncodedFrame(profile: .h264, size: 4, offset: 2, stamp: Self.stamp)
        #expect(frame.range(in: 0..<6) == 2..<6)
        frame.size = .max
        #expect(frame.range(in: 0..<6) == nil)
    }

    @Test func aControlSetsItsCommandsAndValues() throws {
        var control = DeviceCameraControl()
        control.setExposure(microseconds: 8000, iso: 400)
        #expect(control.mask == 0x40)
        #expect(control.contains(.manualExposure))
        control.setAutomaticExposure()
        #expect(!control.contains(.manualExposure))
        control.setBrightness(-11)
        control.setContrast(3)
        control.setSaturation(10)
        control.setSharpness(9)
        control.setExposureCompensation(-10)
        control.setWhiteBalance(.daylight)
        control.setWhiteBalance(kelvin: 90_000)
        control.setFocusMode(.macro)
        control.setExposureLock(true)
        #expect((control.brightness, control.contrast, control.saturation) == (-10, 3, 10))
        #expect((control.sharpness, control.exposureCompensation, control.kelvin) == (4, -9, 12_000))
        #expect((control.whiteBalanceMode, control.autofocusMode, control.isExposureLocked) == (5, 2, true))
        let bits: [UInt64] = [7, 8, 11, 13, 26, 28, 31, 35, 44, 49]
        #expect(control.mask == bits.reduce(0) { $0 | 1 << $1 })
        let message = try DeviceMessage.parse(DeviceMessage.encode(.cameraControl(control)))
        #expect(message.content == .cameraControl(control))
        control.setLensPosition(200)
        #expect((control.lensPosition, control.autofocusMode, control.contains(.moveLens)) == (200, 0, true))
    }

    @Test func whatIsWantedOfALensIsInTheDevicesUnits() {
        var request = CameraControlRequest()
        #expect(DeviceCameraControl(request) == DeviceCameraControl())
        request.exposureMicroseconds = 8000
        #expect(DeviceCameraControl(request).mask == 0)
        request.iso = 400
        request.sharpness = 10
        request.lensPosition = 1
        request.kelvin = 5000
        let manual = DeviceCameraControl(request)
        #expect((manual.exposureMicroseconds, manual.iso, manual.contains(.manualExposure)) == (8000, 400, true))
        #expect((manual.sharpness, manual.lensPosition, manual.kelvin, manual.autofocusMode) == (4, 255, 5000, 0))
        request.autoExposure = true
        request.whiteBalance = .shade
        request.focusMode = .continuousPicture
        request.brightness = 4
        let automatic = DeviceCameraControl(request)
        #expect((automatic.contains(.autoExposure), automatic.contains(.manualExposure)) == (true, false))
        #expect((automatic.whiteBalanceMode, automatic.contains(.kelvin)) == (8, false))
        #expect((automatic.autofocusMode, automatic.contains(.moveLens), automatic.brightness) == (4, false, 4))
    }
}
