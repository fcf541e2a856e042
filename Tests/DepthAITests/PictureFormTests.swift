// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Testing

struct PictureFormTests {
    private func frame(_ format: PixelFormat, _ width: Int, _ height: Int, _ bytes: [UInt8]) -> Frame {
        let header = FrameHeader(
            camera: CameraID("front")!, instance: .left, sequence: 1, captured: .now(), width: width, height: height,
            format: format)
        let draft = FramePool.standalone(header)
        draft.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
        return draft.seal()
    }

    private func shaped(_ frame: Frame, _ form: PictureForm) -> (FrameHeader, [UInt8]) {
        PictureShaper().withPicture(frame, form) { ($0, Array($1)) }
    }

    @Test func aPictureOfTheRightSizeIsNotTouched() {
        let (header, bytes) = shaped(frame(.gray8, 2, 2, [1, 2, 3, 4]), PictureForm(size: .init(width: 2, height: 2)))
        #expect((header.width, header.height) == (2, 2))
        #expect(bytes == [1, 2, 3, 4])
    }

    /// 720 of 800 rows: those from the top, or those in the middle.
    @Test(arguments: [(false, [UInt8](0..<2)), (true, [UInt8](1..<3))])
    func lowerShapesLoseRows(cropsCentre: Bool, rows: [UInt8]) {
        let picture = frame(.disparity8, 4, 4, (0..<4).flatMap { [UInt8](repeating: $0, count: 4) })
        let (header, bytes) = shaped(picture, PictureForm(size: .init(width: 4, height: 2), cropsCentre: cropsCentre))
        #expect(header.height == 2)
        #expect(bytes == rows.flatMap { [UInt8](repeating: $0, count: 4) })
    }

    @Test func depthKeepsItsValues() {
        let picture = frame(.depth16, 2, 1, [0x34, 0x12, 0xFF, 0xFF])
        let (_, bytes) = shaped(picture, PictureForm(size: .init(width: 4, height: 2)))
        #expect(bytes == [0x34, 0x12, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x34, 0x12, 0x34, 0x12, 0xFF, 0xFF, 0xFF, 0xFF])
    }

    @Test func disparityCountsPixelsOfItsOwnPicture() {
        let picture = frame(.disparity8, 2, 1, [20, 60])
        #expect(shaped(picture, PictureForm(size: .init(width: 4, height: 2))).1.prefix(4).elementsEqual([40, 40, 95, 95]))
    }

    @Test func aMirroredPictureRunsBackwards() {
        #expect(shaped(frame(.gray8, 3, 1, [1, 2, 3]), PictureForm(isMirrored: true)).1 == [3, 2, 1])
    }

    /// BT.601 in video range: white, black, red and blue by the standard's own numbers.
    @Test(arguments: [
        ([255, 255, 255], [235, 128, 128]), ([0, 0, 0], [16, 128, 128]), ([0, 0, 255], [81, 90, 240]),
        ([255, 0, 0], [41, 240, 110]),
    ])
    func coloursAreVideoRange(bgr: [UInt8], yuv: [UInt8]) {
        let (header, bytes) = shaped(frame(.bgr24, 2, 2, bgr + bgr + bgr + bgr), PictureForm(asI420: true))
        #expect(header.format == .i420)
        #expect(bytes == [yuv[0], yuv[0], yuv[0], yuv[0], yuv[1], yuv[2]])
    }

    /// The middle of the picture, in the client's size: of four white columns between black ones all is white.
    @Test func colourIsCutAndScaledToTheClientsSize() {
        let row = [[UInt8](repeating: 0, count: 6), [UInt8](repeating: 255, count: 12), [UInt8](repeating: 0, count: 6)].flatMap(
            \.self)
        let picture = frame(.bgr24, 8, 4, row + row + row + row)
        let (header, bytes) = shaped(picture, PictureForm(size: .init(width: 2, height: 2), cropsCentre: true, asI420: true))
        #expect((header.width, header.height, header.format) == (2, 2, .i420))
        #expect(bytes == [235, 235, 235, 235, 128, 128])
    }
}
