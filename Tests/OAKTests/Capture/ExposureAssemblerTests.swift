// SPDX-License-Identifier: Apache-2.0
import Core
import OAK
import Testing

struct ExposureAssemblerTests {
    private static let frame: Int64 = 33_333_333

    /// An empty picture of exposure `number`, `late` nanoseconds after it.
    private func picture(
        _ instance: CameraInstance, _ number: Int, late: Int64 = 0, format: PixelFormat = .gray8
    ) -> Frame {
        let captured = Timestamp(nanoseconds: 1_000_000_000 + Int64(number) * Self.frame + late)
        return FramePool.standalone(
            FrameHeader(
                camera: CameraID("oak")!, instance: instance, sequence: number, captured: captured, width: 2, height: 2,
                format: format)
        ).seal()
    }

    private func labels(_ frames: [Frame]) -> [String] {
        frames.map { "\($0.header.format == .depth16 ? "depth" : $0.header.instance.gen1Name) \($0.header.sequence)" }
    }

    private func stereo() -> ExposureAssembler { ExposureAssembler(lenses: [.left, .right, .color], framesPerSecond: 30) }

    @Test func picturesOfAnExposureGetOneNumberWhateverTheCameraCounts() {
        var assembler = stereo()
        #expect(labels(assembler.add(picture(.right, 7))).isEmpty)
        #expect(labels(assembler.add(picture(.left, 7))) == ["left 0", "right 0"])
        #expect(labels(assembler.add(picture(.color, 7, late: 4_000_000))) == ["rgb 0"])
        #expect(labels(assembler.add(picture(.left, 8))).isEmpty)
        #expect(labels(assembler.add(picture(.right, 8))) == ["left 1", "right 1"])
        #expect(assembler.unpaired == 0)
    }

    @Test func aColourPictureThatComesFirstWaitsForItsExposure() {
        var assembler = stereo()
        #expect(assembler.add(picture(.color, 3)).isEmpty)
        #expect(assembler.add(picture(.left, 3)).isEmpty)
        #expect(labels(assembler.add(picture(.right, 3))) == ["left 0", "right 0", "rgb 0"])
    }

    @Test func depthFindsItsExposureThoughLaterOnesHaveCome() {
        var assembler = stereo()
        for number in 0..<4 {
            _ = assembler.add(picture(.left, number))
            _ = assembler.add(picture(.right, number))
        }
        #expect(labels(assembler.add(picture(.right, 1, format: .depth16))) == ["depth 1"])
        #expect(labels(assembler.add(picture(.right, 3, format: .depth16))) == ["depth 3"])
    }

    /// Times are those at which a camera under load got round to each lens.
    @Test func picturesOfOneNumberBelongTogetherThoughTheirTimesAreApart() {
        var assembler = stereo()
        #expect(assembler.add(picture(.left, 0)).isEmpty)
        #expect(labels(assembler.add(picture(.right, 0, late: 40_000_000))) == ["left 0", "right 0"])
        #expect(labels(assembler.add(picture(.right, 0, late: 45_000_000, format: .depth16))) == ["depth 0"])
        // Two frame times are too far.
        #expect(assembler.add(picture(.left, 9)).isEmpty)
        #expect(assembler.add(picture(.right, 9, late: 66_666_666)).isEmpty)
        #expect(assembler.add(picture(.right, 9, late: 66_666_666, format: .depth16)).isEmpty)
    }

    @Test func whatFindsNoPartnerIsCountedAndNotDelivered() {
        var assembler = stereo()
        #expect(assembler.add(picture(.right, 0, format: .depth16)).isEmpty)
        for number in 0..<5 { #expect(assembler.add(picture(.left, number)).isEmpty) }
        #expect(assembler.unpaired == 1 + 3)
        #expect(labels(assembler.add(picture(.right, 4))) == ["left 0", "right 0"])
    }

    @Test func aCameraWithOneLensDeliversAtOnce() {
        var assembler = ExposureAssembler(lenses: [.color], framesPerSecond: 30)
        #expect(labels(assembler.add(picture(.color, 5))) == ["rgb 0"])
        #expect(labels(assembler.add(picture(.color, 6))) == ["rgb 1"])
    }
}
