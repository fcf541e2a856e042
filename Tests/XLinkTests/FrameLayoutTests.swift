// SPDX-License-Identifier: Apache-2.0
import Core
import Testing
import XLink

struct FrameLayoutTests {
    private func frame(_ format: DeviceFrame.Format, stride: Int, planes: SIMD3<Int> = .zero) -> DeviceFrame {
        let time = Timestamp(nanoseconds: 0)
        return DeviceFrame(
            format: format, width: 4, height: 2, stride: stride, planes: planes,
            stamp: DeviceStamp(sequence: 0, time: time, deviceTime: time))
    }

    @Test func whatTheDeviceSaysIsTakenIfItFits() {
        #expect(frame(.raw8, stride: 6).layout(dataBytes: 10)?.stride == 6)
        #expect(frame(.raw8, stride: 6).layout(dataBytes: 9)?.stride == 4)
        #expect(frame(.raw8, stride: 6).layout(dataBytes: 7) == nil)
        let nv12 = frame(.nv12, stride: 4, planes: [0, 16, 0]).layout(dataBytes: 20)
        #expect(nv12?.offsets == [0, 16, 0])
    }

    @Test func planesThatDoNotFitAreRowToRow() {
        #expect(frame(.nv12, stride: 4, planes: [0, 16, 0]).layout(dataBytes: 12)?.offsets == [0, 8, 0])
        #expect(frame(.yuv420p, stride: 0).layout(dataBytes: 12)?.offsets == [0, 8, 10])
        #expect(frame(.bgrPlanar, stride: 4, planes: [0, 8, 4]).layout(dataBytes: 24)?.offsets == [0, 8, 16])
        #expect(frame(.bgrInterleaved, stride: 4).layout(dataBytes: 24)?.stride == 12)
        #expect(frame(.raw16, stride: 4).layout(dataBytes: 16)?.stride == 8)
    }

    @Test func imagesWithoutPixelsOrFormatHaveNone() {
        var empty = frame(.raw8, stride: 4)
        empty.width = 0
        #expect(empty.layout(dataBytes: 100) == nil)
        var huge = frame(.raw8, stride: .max, planes: [.max, .max, .max])
        (huge.width, huge.height) = (.max, .max)
        #expect(huge.layout(dataBytes: 100) == nil)
        #expect(frame(.bitstream, stride: 4).layout(dataBytes: 100) == nil)
        #expect(frame(.raw8, stride: Int(UInt32.max), planes: [Int(UInt32.max), 0, 0]).layout(dataBytes: 8)?.stride == 4)
    }
}
