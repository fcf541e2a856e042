// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Synchronization
import XLink

/// Reads the messages of one of the camera's streams and notices when nothing that can be read comes any more.
final class MessageReader: Sendable {
    private let counters: CaptureCounters
    private let unreadable = Atomic(0)

    /// Messages in a row that cannot be read after which the link is not believed any more.
    private static let patience = 3

    init(_ counters: CaptureCounters) { self.counters = counters }

    /// Whether nothing that can be read comes any more.
    var isHopeless: Bool { unreadable.load(ordering: .relaxed) >= Self.patience }

    /// nil for what is no message, which is counted.
    func message(_ packet: UnsafeRawBufferPointer) -> DeviceMessage? {
        guard let message = try? DeviceMessage.parse(packet) else {
            unreadable.add(1, ordering: .relaxed)
            counters.undecodable.add()
            return nil
        }
        unreadable.store(0, ordering: .relaxed)
        return message
    }
}

extension Timestamp {
    /// How far a time that a camera tells may be off this machine's clock: the camera's clock is set by it.
    private static let longAgo: Int64 = 5_000_000_000
    private static let future: Int64 = 100_000_000

    /// The time, or that of its arrival where a camera says what cannot be.
    func asToldByCamera(at arrival: Timestamp) -> Timestamp {
        // Compared, not subtracted: the camera may say anything.
        let isPlausible =
            self > arrival.advanced(byNanoseconds: -Self.longAgo) && self < arrival.advanced(byNanoseconds: Self.future)
        return isPlausible ? self : arrival
    }
}
