// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import XLink

struct CallTests {
    @Test(.enabled(if: SharedData.isRequired))
    func theNumbersOfAllCalls() throws {
        let calls = try #require(try OAKRig.vectors()["calls"]?.object)
        #expect(calls.count == 47)
        for (name, number) in calls { #expect(number == .string(Self.hex(DeviceCallID.of(name))), "\(name)") }
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    @Test(.enabled(if: SharedData.isRequired))
    func requestsAreThoseOfTheVendorsLibrary() throws {
        let storage: MessagePackValue = [
            "map": ["/node/4/__blob": ["alignment": 64, "offset": 0, "size": 768]]
        ]
        let requests: [(String, [UInt8])] = [
            ("setLogLevel", DeviceCall.setLogLevel(.warning).request),
            ("setSystemInformationLoggingRate", DeviceCall.setSystemInformationLoggingRate(hertz: 1).request),
            ("setTimesync", DeviceCall.setTimesync().request),
            ("isPipelineRunning", DeviceCall.isPipelineRunning.request),
            ("buildPipeline", DeviceCall.buildPipeline.request),
            ("startPipeline", DeviceCall.startPipeline.request),
            ("hasCrashDump", DeviceCall.hasCrashDump.request),
            ("isRunning", DeviceCall.isRunning.request),
            ("setAssets", DeviceCall.setAssets(storage).request),
            ("readAssetStorageFromXLink", DeviceCall.readAssetStorage(bytes: 768).request),
            ("getConnectedCameraFeatures", DeviceCall.cameraFeatures.request),
            ("getUsbSpeed", DeviceCall.usbSpeed.request),
            ("getMxId", DeviceCall.mxID.request),
            ("readFromEeprom", DeviceCall.eeprom.request),
        ]
        let vectors = try #require(try OAKRig.vectors()["rpc"]?.array)
        for (name, request) in requests {
            let same = vectors.contains { $0["call"] == .string(name) && $0["hex"]?.string?.hexBytes == request }
            #expect(same, "\(name)")
        }
    }

    @Test func otherCallsHaveTheirNamesAndArguments() throws {
        let calls: [(String, MessagePackValue, [UInt8])] = [
            ("getCrashDump", [true], DeviceCall.crashDump(clear: true).request),
            ("setIrLaserDotProjectorBrightness", [0.5, -1, true], DeviceCall.setDotProjector(brightness: 0.5).request),
            ("setIrFloodLightBrightness", [0.5, -1, true], DeviceCall.setFloodlight(brightness: 0.5).request),
            ("setXLinkChunkSize", [4096], DeviceCall.setXLinkChunkSize(bytes: 4096).request),
            (
                "setXLinkRateLimit", [1, 2, 3],
                DeviceCall.setXLinkRateLimit(bytesPerSecond: 1, burstBytes: 2, waitMicroseconds: 3).request
            ),
            ("getXLinkChunkSize", nil, DeviceCall.xlinkChunkSize.request),
            ("getConnectedCameras", nil, DeviceCall.connectedCameras.request),
            ("getStereoPairs", nil, DeviceCall.stereoPairs.request),
            ("getIrDrivers", nil, DeviceCall.irDrivers.request),
            ("getConnectedIMU", nil, DeviceCall.connectedIMU.request),
            ("isEepromAvailable", nil, DeviceCall.isEEPROMAvailable.request),
            ("readFromEepromFactory", nil, DeviceCall.factoryEEPROM.request),
            ("getCalibration", nil, DeviceCall.calibration.request),
            ("getDdrUsage", nil, DeviceCall.ddrUsage.request),
            ("getCmxUsage", nil, DeviceCall.cmxUsage.request),
            ("getLeonCssHeapUsage", nil, DeviceCall.cssHeapUsage.request),
            ("getLeonMssHeapUsage", nil, DeviceCall.mssHeapUsage.request),
            ("getLeonCssCpuUsage", nil, DeviceCall.cssLoad.request),
            ("getLeonMssCpuUsage", nil, DeviceCall.mssLoad.request),
            ("getChipTemperature", nil, DeviceCall.temperatures.request),
        ]
        for (name, arguments, request) in calls {
            let parts: MessagePackValue = [1, 1, .unsigned(DeviceCallID.of(name)), arguments]
            #expect(try MessagePackDecoder.decode(request) == parts, "\(name)")
        }
    }

    private func response(_ value: MessagePackValue) -> [UInt8] { MessagePackEncoder.encode([1, 2, 1, value]) }

    @Test func answersAreTyped() throws {
        try DeviceCall.startPipeline.answer("93010201".hexBytes)
        #expect(try DeviceCall.isPipelineRunning.answer("94010201c2".hexBytes) == false)
        #expect(try DeviceCall.mxID.answer("94010201b2313434343243313044313345414243453030".hexBytes) == "14442C10D13EABCE00")
        #expect(try DeviceCall.usbSpeed.answer(response(3)) == .high)
        #expect(try DeviceCall.usbSpeed.answer(response(77)) == .unknown)
        #expect(try DeviceCall.buildPipeline.answer("9401020192c3a0".hexBytes).isGood)
        let refused = try DeviceCall.buildPipeline.answer(response([false, "no such sensor"]))
        #expect((refused.isGood, refused.text) == (false, "no such sensor"))
        #expect(
            try DeviceCall.ddrUsage.answer(response(["remaining": 1, "used": 2, "total": 3]))
                == DeviceMemory(remaining: 1, used: 2, total: 3))
        #expect(
            try DeviceCall.cssLoad.answer(response(["average": 0.5, "msTime": 1000]))
                == DeviceLoad(average: 0.5, milliseconds: 1000))
        #expect(
            try DeviceCall.temperatures.answer(response(["average": 42.5, "css": 41, "dss": 44.0, "mss": 42.0, "upa": 43.0]))
                == DeviceTemperatures(css: 41, mss: 42, upa: 43, dss: 44, average: 42.5))
        let pair = try DeviceCall.stereoPairs.answer(
            response([["left": 1, "right": 2, "baseline": 7.5, "isVertical": false], 1]))
        #expect(pair.map(\.baselineCentimetres) == [7.5])
        #expect(try DeviceCall.irDrivers.answer(response([["LM3644", 2, 99]])).map(\.address) == [99])
        #expect(try DeviceCall.connectedCameras.answer(response([0, 1, 2])) == [0, 1, 2])
        #expect(try DeviceCall.crashDump(clear: true).answer(response(["a": 1])).json == #"{"a":1}"#)
    }

    @Test func anAnswerThatIsTooLongIsNotReadAndNoNoise() {
        let answer = response(.text(String(repeating: "a", count: 100)))
        let error = DeviceCallError.tooLong(call: "getCrashDump", bytes: answer.count, maximum: answer.count - 1)
        #expect(throws: error) { try DeviceCall.crashDump(clear: true, maximumBytes: answer.count - 1).answer(answer) }
        #expect(throws: Never.self) { try DeviceCall.crashDump(clear: true, maximumBytes: answer.count).answer(answer) }
        #expect(!error.isNoise && "\(error)".contains("\(answer.count) bytes"))
    }

    @Test(.enabled(if: SharedData.isRequired))
    func featuresAndMemoryOfTheRecordedCamera() throws {
        let answers = try OAKRig.packets("all").filter { !$0.isFromHost && $0.stream == "__rpc_main" }.map(\.payload)
        let features = try #require(answers.compactMap { try? DeviceCall.cameraFeatures.answer($0) }.first { !$0.isEmpty })
        #expect(features.map(\.socket) == [0, 1, 2])
        #expect(features.map(\.sensorName) == ["IMX378", "OV9282", "OV9282"])
        #expect(features.map(\.kinds) == [[.color], [.mono], [.mono]])
        #expect(features.map(\.hasAutofocus) == [true, false, false])
        #expect(features[1].configurations.map(\.maximumFrameRate) == [60])
        let eeprom = try #require(answers.compactMap { try? DeviceCall.eeprom.answer($0) }.first { $0.content != .empty })
        #expect((eeprom.verdict.isGood, eeprom.productName) == (true, "FAKE-OAK-2"))
    }

    @Test func camerasThatSayLittleAreKept() throws {
        let features = try DeviceCall.cameraFeatures.answer(
            response([
                ["socket": 1], ["sensorName": "no socket"], ["socket": 2, "configs": [["width": 1]], "supportedTypes": [9]],
            ]))
        #expect(features.map(\.socket) == [1, 2])
        #expect(features.map(\.sensorName) == ["", ""])
        #expect(features[1].configurations.isEmpty)
    }

    @Test func aRefusalIsNotNoise() throws {
        let refusal: DeviceCallError = .refused(call: "isRunning", reason: "Function not found.")
        #expect(throws: refusal) { try DeviceCall.isRunning.answer(MessagePackEncoder.encode([1, 2, 0, "Function not found."])) }
        #expect(!refusal.isNoise)
        #expect("\(refusal)" == "isRunning: the device refused: Function not found.")
        let other: DeviceCallError = .unreadable(call: "isRunning", .missing(field: "answer"))
        #expect(throws: other) { try DeviceCall.isRunning.answer(response("yes")) }
        #expect(!other.isNoise)
    }

    @Test(arguments: ["", "c1", "92", "00", "93020201", "93010101", "920102", "9301020100"])
    func noiseIsToldFromARefusal(hex: String) {
        do throws(DeviceCallError) {
            try DeviceCall.startPipeline.answer(hex.hexBytes)
            Issue.record("was read: \(hex)")
        } catch {
            #expect(error.isNoise)
        }
    }
}
