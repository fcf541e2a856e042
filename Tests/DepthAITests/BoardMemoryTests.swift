// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Testing

struct BoardMemoryTests {
    private static let identity = "1,0,0,0,1,0,0,0,1"
    private static let lens = "850,0,640,0,850,400,0,0,1"

    private func read(_ json: String) throws -> BoardMemory? { try BoardMemory(written: Array(json.utf8)) }

    /// 111 numbers: the parts lie where gen1's calibration file has them.
    @Test func aFullCalibrationIsVersionFive() throws {
        let head = [Self.identity, Self.identity, Self.lens, Self.lens, Self.identity, "-7.5,0,0"].joined(separator: ",")
        let numbers = head + String(repeating: ",0", count: 111 - 48)
        let memory = try #require(
            try read(#"{"board": {"name": "BW1098OBC", "left_fov_deg": 70}, "_board": {"calib_data": [\#(numbers)]}}"#))
        #expect(memory.report["version"] as? Int == 5)
        #expect(memory.report["board_name"] as? String == "BW1098OBC")
        #expect(memory.report["left_fov_deg"] as? Double == 70)
        #expect(memory.report["calib_M1_L"] as? [Double] == [850, 0, 640, 0, 850, 400, 0, 0, 1])
        #expect(memory.report["calib_T"] as? [Double] == [-7.5, 0, 0])
        let calibration = try #require(memory.calibration)
        #expect(abs(calibration.baselineMillimetres - 75) < 1e-3)
        #expect((calibration.left.width, calibration.left.height) == (1280, 800))
    }

    @Test func aHomographyIsVersionThree() throws {
        let json = #"{"board": {"left_to_right_distance_m": 0.09}, "_board": {"_homography_right_to_left": [\#(Self.identity)]}}"#
        let memory = try #require(try read(json))
        #expect(memory.report["version"] as? Int == 3)
        #expect(abs((memory.calibration?.baselineMillimetres ?? 0) - 90) < 1e-3)
    }

    @Test func clearedIsNothing() throws {
        #expect(try read(#"{"board": {"clear-eeprom": true}}"#) == nil)
    }

    @Test(arguments: [
        ("7", "eeprom"), (#"{"board": 7}"#, "eeprom.board"),
        (#"{"board": {"left_fov_deg": "wide"}}"#, "eeprom.board.left_fov_deg"),
        (#"{"_board": {"calib_data": [1, 2]}}"#, "eeprom._board.calib_data"),
        (#"{"_board": {"_homography_right_to_left": [0,0,0,0,0,0,0,0,0]}}"#, "eeprom._board._homography_right_to_left"),
    ])
    func whatIsNoMemoryIsRefusedByName(json: String, field: String) {
        #expect { try read(json) } throws: { ($0 as? LinkRefusal)?.field == field }
    }
}
