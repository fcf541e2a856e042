// SPDX-License-Identifier: Apache-2.0
import Calibration
import Core
import TestSupport
import Testing
import XLink

struct EEPROMTests {
    @Test(.enabled(if: SharedData.isRequired))
    func theEEPROMOfADeviceIsACalibrationFile() throws {
        let answers = try OAKRig.packets("all").filter { !$0.isFromHost && $0.stream == "__rpc_main" }
        let eeprom = try #require(
            answers.compactMap { try? DeviceCall.eeprom.answer($0.payload) }.first { $0.content != .empty })
        let calibration = try CalibrationFile.read(eeprom.json, name: "EEPROM of the device")
        #expect((calibration.left.fx, calibration.left.cx, calibration.left.width) == (800, 640, 1280))
        #expect(calibration.translationMillimetres == [-75, 0, 0])
        #expect(calibration.color?.model.fx == 1500)
    }

    @Test func aBlankEEPROMIsRefusedWithItsReason() throws {
        let answer = try DeviceCall.eeprom.answer(MessagePackEncoder.encode([1, 2, 1, [false, "blank", nil]]))
        #expect((answer.verdict.isGood, answer.verdict.text) == (false, "blank"))
        #expect(throws: CalibrationError.self) { try CalibrationFile.read(answer.json, name: "EEPROM") }
    }
}
