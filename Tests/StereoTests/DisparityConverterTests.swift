// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import Testing

struct DisparityConverterTests {
    private func picture(_ values: [UInt16], _ format: PixelFormat) throws -> Frame {
        let header = FrameHeader(
            camera: try #require(CameraID("a")), instance: .right, sequence: 0, captured: Timestamp(nanoseconds: 0),
            width: values.count, height: 1, format: format)
        let draft = FramePool.standalone(header)
        draft.withUnsafeMutableUInt16 { for (index, value) in values.enumerated() { $0[index] = value } }
        return draft.seal()
    }

    /// f·B/z = 400 px · 75 mm / z, in sixteenths.
    @Test func distancesBecomeDisparities() throws {
        let depth = try picture([Depth.unknown, 0, 500, 1000, 30_000, 65_534], .depth16)
        let target = FramePool.standalone(depth.header.reshaped(width: 6, height: 1, format: .disparity16))
        try DisparityConverter(focalPixels: 400, baselineMillimetres: 75).convert(depth: depth, into: target)
        #expect(target.seal().withUnsafeUInt16(Array.init) == [0, 0, 960, 480, 16, 7])
    }

    @Test func whatIsNoDepthIsRefused() throws {
        let converter = try DisparityConverter(focalPixels: 400, baselineMillimetres: 75)
        let disparity = try picture([1], .disparity16)
        #expect(throws: StereoError.self) {
            try converter.convert(depth: disparity, into: FramePool.standalone(disparity.header))
        }
        #expect(throws: StereoError.self) { try DisparityConverter(focalPixels: 0, baselineMillimetres: 75) }
    }
}
