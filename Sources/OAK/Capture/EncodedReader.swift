// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
import Synchronization
import XLink

/// Reads the pictures that the camera has encoded. The session's reading thread alone uses it.
package final class EncodedReader: Sendable {
    private let size: (width: Int, height: Int)
    private let counters: CaptureCounters
    private let messages: MessageReader
    private let number = Atomic(0)

    package init(width: Int, height: Int, counters: CaptureCounters) {
        (size, self.counters, messages) = ((width, height), counters, MessageReader(counters))
    }

    /// Whether nothing that can be read comes any more.
    package var isHopeless: Bool { messages.isHopeless }

    /// The picture of a message; nil for what is none, which is counted and leaves a gap in the numbers.
    package func read(_ packet: UnsafeRawBufferPointer, at now: Timestamp) -> EncodedPicture? {
        let number = number.add(1, ordering: .relaxed).newValue
        guard let message = messages.message(packet) else { return nil }
        guard case .encodedFrame(let frame) = message.content, let coding = frame.coding,
            let range = frame.range(in: message.data), !range.isEmpty
        else {
            counters.undecodable.add()
            return nil
        }
        return EncodedPicture(
            coding, bytes: Array(packet[range]), isKey: coding == .mjpeg || frame.frameType == .key, number: number,
            width: size.width, height: size.height, sequence: Int(clamping: frame.stamp.sequence),
            captured: frame.stamp.time.asToldByCamera(at: now))
    }
}

extension DeviceEncodedFrame {
    fileprivate var coding: EncodedPicture.Coding? {
        switch profile {
        case .h264: .h264
        case .jpeg: .mjpeg
        default: nil
        }
    }
}
