// SPDX-License-Identifier: Apache-2.0
import OAK
import Testing

struct FirmwareFinderTests {
    private let image = FirmwareFixtures.image()

    private func find(_ bytes: [UInt8]) throws(FirmwareError) -> FirmwareImage {
        try FirmwareFinder.image(in: bytes, file: "x.whl")
    }

    /// Larger than a piece, so that streams and files begin and end within pieces.
    @Test(arguments: [4000, 200_000])
    func theImageIsFoundInWhateverItComesIn(payload: Int) throws {
        let image = FirmwareFixtures.image(payload: payload)
        let module = FirmwareFixtures.module(image)
        let forms = [
            image, module, FirmwareFixtures.xz(FirmwareFixtures.tar([("a.cmd", image)])), FirmwareFixtures.wheel(image),
            FirmwareFixtures.zip([("depthai.so", module)], deflating: false),
        ]
        for form in forms { #expect(try find(form).bytes == image) }
    }

    /// The image is the camera's: a wheel for another processor, or another system, serves as well.
    @Test(arguments: ["aarch64-linux-gnu.so", "x86_64-linux-gnu.so", "win_amd64.pyd"])
    func aWheelForAnotherProcessorHoldsTheSameImage(platform: String) throws {
        #expect(try find(FirmwareFixtures.wheel(image, platform: platform)).bytes == image)
    }

    /// A header that is cut by the border of a piece is one all the same.
    @Test func aStreamIsFoundAtAnyOffset() throws {
        let stream = FirmwareFixtures.xz(FirmwareFixtures.tar([("a.cmd", image)]))
        for offset in (256 << 10) - 14...(256 << 10) + 1 {
            #expect(try find([UInt8](repeating: 1, count: offset) + stream).bytes == image, "at \(offset)")
        }
    }

    @Test func whatHoldsNoImageIsRefusedByName() {
        let other = FirmwareFixtures.zip([("a/__init__.py", Array("print()".utf8))])
        let boot = FirmwareFixtures.image("depthai-bootloader-usb.elf")
        let foreign = FirmwareFixtures.xz(FirmwareFixtures.tar([("rvc4.cmd", Array("ELF of another chip".utf8))]))
        #expect(throws: FirmwareError.empty(file: "x.whl")) { try find([]) }
        #expect(throws: FirmwareError.noImage(file: "x.whl")) { try find(Array("a text".utf8)) }
        #expect(throws: FirmwareError.noModule(file: "x.whl")) { try find(other) }
        #expect(throws: FirmwareError.noImage(file: "x.whl")) { try find(FirmwareFixtures.zip([("a.so", [1, 2, 3])])) }
        #expect(throws: FirmwareError.bootloaderOnly(file: "x.whl")) { try find(boot) }
        #expect(throws: FirmwareError.bootloaderOnly(file: "x.whl")) {
            try find(FirmwareFixtures.xz(FirmwareFixtures.tar([("b.cmd", boot)])))
        }
        #expect(throws: FirmwareError.damagedImage(file: "x.whl", problem: .noMark)) { try find(foreign) }
        #expect(throws: FirmwareError.tooLarge(file: "x.whl", maximum: FirmwareFinder.maximumBytes)) {
            try find([UInt8](repeating: 0, count: FirmwareFinder.maximumBytes + 1))
        }
    }

    @Test func aTruncatedWheelIsRefused() {
        let wheel = FirmwareFixtures.wheel(image)
        #expect(throws: FirmwareError.damagedArchive(file: "x.whl", reason: "it ends early")) { try find(wheel.dropLast(30)) }
    }

    @Test func aTruncatedModuleIsRefused() {
        let module = FirmwareFixtures.module(FirmwareFixtures.image(payload: 200_000), bootloader: false)
        #expect(throws: FirmwareError.damagedStream(file: "x.whl", reason: "it ends early")) { try find(module.dropLast(3100)) }
    }

    @Test func aDamagedStreamIsRefused() {
        var stream = FirmwareFixtures.xz(FirmwareFixtures.tar([("a.cmd", image)]))
        stream[stream.count / 2] ^= 1
        #expect(throws: FirmwareError.damagedStream(file: "x.whl", reason: "it is damaged")) { try find(stream) }
    }

    @Test func aTruncatedImageIsRefused() {
        #expect(throws: FirmwareError.damagedImage(file: "x.whl", problem: .noJump)) { try find(image.dropLast(8)) }
    }

    /// Whatever is changed in an archive, reading it ends with an image or an error.
    @Test func noDamageEndsTheProcess() {
        let wheel = FirmwareFixtures.wheel(image)
        for at in stride(from: 0, to: wheel.count, by: 3) {
            var damaged = wheel
            damaged[at] ^= UInt8(truncatingIfNeeded: 1 << (at % 8)) | 0x80
            _ = try? find(damaged)
        }
    }

    @Test func anUnknownImageNeedsForce() throws {
        let wheel = FirmwareFixtures.wheel(image)
        let forced = try IdentifiedFirmware(findingIn: wheel, file: "x.whl", force: true)
        #expect(forced.known == nil && forced.image.bytes == image)
        #expect(throws: FirmwareError.unknownImage(file: "x.whl", program: "test.elf", sha256: forced.sha256)) {
            try IdentifiedFirmware(findingIn: wheel, file: "x.whl")
        }
    }

    @Test func everyRefusalSaysWhatFetchesAKnownImage() {
        let refusals: [FirmwareError] = [
            .empty(file: "f"), .tooLarge(file: "f", maximum: 1), .damagedArchive(file: "f", reason: "r"), .noModule(file: "f"),
            .noImage(file: "f"), .bootloaderOnly(file: "f"), .damagedStream(file: "f", reason: "r"),
            .damagedImage(file: "f", problem: .noJump), .unknownImage(file: "f", program: "", sha256: "0"),
        ]
        for refusal in refusals {
            #expect(
                "\(refusal)".contains("pip download depthai==2.30.0.0 --no-deps --only-binary=:all: --platform manylinux_2_28_"))
            #expect("\(refusal)".contains("f "))
        }
    }
}

extension [UInt8] {
    fileprivate func dropLast(_ count: Int) -> [UInt8] { Array(self[..<(self.count - count)]) }
}
