// SPDX-License-Identifier: Apache-2.0

/// Where events about devices come from: udev, or a test.
package protocol DeviceFeed: AnyObject, Sendable {
    /// Becomes readable when there may be an event.
    var descriptor: Int32 { get }
    /// Reads the whole list. Events after the feed's creation are not lost by it.
    func enumerate() throws(USBError) -> [AttachedDevice]
    /// The next event without waiting; nil when none is there.
    func next() -> DeviceFeedEvent?
}

/// One event.
package enum DeviceFeedEvent: Sendable, Hashable {
    case attached(AttachedDevice)
    case detached(systemPath: String)
    /// Events were lost, for the reason given: the list has to be read again.
    case overrun(String)
    /// An event about something of no interest.
    case other
}
