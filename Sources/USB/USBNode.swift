// SPDX-License-Identifier: Apache-2.0

/// Which way a bulk transfer goes. There is at most one each way at a time.
package enum USBWay: Sendable, Hashable {
    case input
    case output
}

/// A bulk transfer that is over.
package struct USBCompletion: Sendable, Hashable {
    package let way: USBWay
    /// 0 or an errno.
    package let code: Int32
    /// How many bytes went.
    package let count: Int

    package init(_ way: USBWay, code: Int32, count: Int) {
        (self.way, self.code, self.count) = (way, code, count)
    }
}

/// What there is to take back from the kernel.
package enum USBReaping: Sendable, Hashable {
    case completion(USBCompletion)
    case nothingYet
    /// The device is gone, and so is every transfer that was not taken back.
    case gone
}

/// What the kernel does for one open device: usbfs, or a test. Codes are 0 or an errno.
package protocol USBNode: AnyObject, Sendable {
    /// How messages call it.
    var name: String { get }
    /// `poll` reports `completedEvent` on it when `reap` has something.
    var descriptor: Int32 { get }
    var completedEvent: Int16 { get }
    /// Megabits a second; 0 when unknown.
    var speedMegabits: Double { get }
    /// The device's descriptor, then its configurations'.
    func descriptors() -> [UInt8]
    /// Claims interface 0.
    func claim() -> Int32
    /// Claims interface 0, whichever of the kernel's drivers has it.
    func detachAndClaim() -> Int32
    /// Chooses configuration 1.
    func configure() -> Int32
    /// Starts a bulk transfer. The buffer is the kernel's until `reap` has returned it.
    func submit(_ way: USBWay, endpoint: UInt8, _ buffer: UnsafeMutableRawBufferPointer) -> Int32
    /// Ends a transfer early; it still has to be reaped.
    func discard(_ way: USBWay)
    func reap() -> USBReaping
    func control(type: UInt8, request: UInt8, value: UInt16, index: UInt16, milliseconds: UInt32) -> Int32
    /// Releases the interface and closes. Called once, when nobody uses it any more.
    func close()
}
