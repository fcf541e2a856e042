// SPDX-License-Identifier: Apache-2.0
import Core
import OAK
import Testing

struct FirmwareImageTests {
    private let good = FirmwareFixtures.image("test.elf")

    @Test func everyRecordIsWalked() throws {
        let image = try FirmwareImage(good)
        #expect(image.program == "test.elf")
        #expect(image.bytes == good)
    }

    /// Wherever it is cut, before its last jump is whole, it is no image.
    @Test func anImageCutAnywhereIsRefused() {
        for length in 0..<(good.count - 3) {
            #expect(throws: FirmwareImage.Problem.self, "\(length) bytes") { try FirmwareImage(Array(good[..<length])) }
        }
    }

    @Test func problemsAreNamed() {
        #expect(throws: FirmwareImage.Problem.noMark) { try FirmwareImage(Array("MB2x".utf8)) }
        #expect(throws: FirmwareImage.Problem.unknownRecord(0x77, offset: 4)) { try FirmwareImage(Array("MA2x".utf8) + [0x77]) }
        #expect(throws: FirmwareImage.Problem.truncated(offset: 4, size: 6)) {
            try FirmwareImage(Array("MA2x".utf8) + [0xA4, 0])
        }
        #expect(throws: FirmwareImage.Problem.noJump) { try FirmwareImage(Array("MA2x".utf8) + [0, 0]) }
        #expect(throws: FirmwareImage.Problem.goesOn(offset: good.count)) { try FirmwareImage(good + [0xBA, 0, 0, 0, 0]) }
    }

    /// Bytes measured: what the vendor's library sends before its image.
    @Test(arguments: [(BootHeader.Speed.superSpeed, "1b4f27b1", "04"), (.high, "9a630bdb", "03")])
    func theBootHeaderIsTheLibrarysOwn(speed: BootHeader.Speed, checksum: String, digit: String) {
        let expected =
            "4d4132789aa8003220added0f19a9c003220ffffffff9aa8003220added0f19aa4003220010000008a000001780f00e617ea21\(checksum)2d000000"
            + "b912b90781e703813bf681e703813df6\(digit)bd00bd00b9020001ba00bebebb00bb00bebebebebebebe00bb00bebe000000"
        #expect(HexDigits.of(BootHeader(maximumSpeed: speed).bytes) == expected)
    }

    @Test func theBootHeaderIsAnImageWithoutAJump() {
        #expect(throws: FirmwareImage.Problem.noJump) { try FirmwareImage(BootHeader(watchdogMilliseconds: 60_000).bytes) }
    }
}
