// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
import XLink

/// Makes frames of the messages of one of the camera's streams. The session's reading thread alone uses it.
package final class PictureReader: Sendable {
    /// What a stream's pictures are to be.
    package struct Expectation: Sendable, Hashable {
        package var instance: CameraInstance
        package var format: LensFormat

        package init(instance: CameraInstance, format: LensFormat) {
            (self.instance, self.format) = (instance, format)
        }
    }

    private let camera: CameraID
    private let expected: Expectation
    private let pool: FramePool
    private let counters: CaptureCounters
    private let messages: MessageReader

    package init(_ expected: Expectation, camera: CameraID, buffers: Int, counters: CaptureCounters) {
        (self.expected, self.camera, self.counters) = (expected, camera, counters)
        (pool, messages) = (FramePool(capacity: buffers), MessageReader(counters))
    }

    /// Whether nothing that can be read comes any more.
    package var isHopeless: Bool { messages.isHopeless }

    /// The picture of a message; nil for one that is none, or for which there is no room. Both are counted.
    package func read(_ packet: UnsafeRawBufferPointer, at now: Timestamp) -> Frame? {
        guard let message = messages.message(packet) else { return nil }
        guard case .frame(let picture) = message.content, fits(picture),
            let layout = picture.layout(dataBytes: message.data.count)
        else {
            counters.undecodable.add()
            return nil
        }
        guard let draft = pool.draft(header(of: picture, at: now)) else {
            counters.dropped.add()
            return nil
        }
        let bytes = UnsafeRawBufferPointer(rebasing: packet[message.data])
        if picture.format == .bgrPlanar {
            interleave(bytes, layout, into: draft)
        } else {
            copy(bytes, layout, into: draft)
        }
        return draft.seal()
    }

    private func fits(_ picture: DeviceFrame) -> Bool {
        picture.width == expected.format.width && picture.height == expected.format.height
            && picture.format.isReadable(as: expected.format.pixels)
    }

    private func header(of picture: DeviceFrame, at now: Timestamp) -> FrameHeader {
        FrameHeader(
            camera: camera, instance: expected.instance, sequence: Int(clamping: picture.stamp.sequence),
            captured: picture.stamp.time.asToldByCamera(at: now),
            deviceNanoseconds: picture.stamp.deviceTime.nanoseconds, width: picture.width, height: picture.height,
            format: expected.format.pixels)
    }

    private func copy(_ bytes: UnsafeRawBufferPointer, _ layout: DeviceFrameLayout, into draft: borrowing FrameDraft) {
        let (row, height) = (draft.header.format.rowBytes(width: draft.header.width), draft.header.height)
        draft.withUnsafeMutableBytes { target in
            for line in 0..<height {
                let source = bytes[(layout.offsets.x + line * layout.stride)...].prefix(row)
                UnsafeMutableRawBufferPointer(rebasing: target[line * row..<(line + 1) * row])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
            }
        }
        guard draft.header.format == .depth16 else { return }
        // The camera writes 0 where it knows no distance.
        draft.withUnsafeMutableUInt16 { depths in
            // Written whether it changes or not: that way it is done for many pixels at a time.
            for index in depths.indices { depths[index] = depths[index] == 0 ? Depth.unknown : depths[index] }
        }
    }

    /// Planes of blue, green and red.
    private func interleave(_ bytes: UnsafeRawBufferPointer, _ layout: DeviceFrameLayout, into draft: borrowing FrameDraft) {
        let (width, height) = (draft.header.width, draft.header.height)
        draft.withUnsafeMutableBytes { target in
            for plane in 0..<3 {
                for line in 0..<height {
                    let (from, to) = (layout.offsets[plane] + line * layout.stride, line * width * 3 + plane)
                    for column in 0..<width { target[to + column * 3] = bytes[from + column] }
                }
            }
        }
    }
}

extension DeviceFrame.Format {
    fileprivate func isReadable(as pixels: PixelFormat) -> Bool {
        switch pixels {
        case .gray8: self == .raw8 || self == .gray8
        case .bgr24: self == .bgrInterleaved || self == .bgrPlanar
        case .depth16: self == .raw16
        default: false
        }
    }
}
