// SPDX-License-Identifier: Apache-2.0

/// An open USB device whose bulk interface is claimed. One thread reads while another writes; none is a thread of Swift's tasks.
public protocol USBChannel: AnyObject, Sendable {
    /// Speed of the link in megabits a second; 0 when unknown.
    var speedMegabits: Double { get }

    /// Fills the buffer from endpoint 0x81, in one transfer for each MiB. Waits as long as it takes: a read that gives up loses
    /// bytes.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(USBTransferError)

    /// Writes to the bulk OUT endpoint in transfers of at most 1 MiB, each within the limit. No bytes are a zero-length packet.
    func write(_ bytes: UnsafeRawBufferPointer, limitNanoseconds: Int64) throws(USBTransferError)

    /// A control transfer without data on endpoint 0.
    func control(
        type: UInt8, request: UInt8, value: UInt16, index: UInt16, limitNanoseconds: Int64
    ) throws(USBTransferError)

    /// Ends it: a read or write that waits throws at once. From any thread, any number of times.
    func shutdown()
}

/// Opens devices.
public protocol USBOpener: Sendable {
    /// Claims the device's bulk interface, which no other program can use then. Never waits for it.
    func open(_ device: AttachedDevice) throws(USBTransferError) -> any USBChannel
}

/// Why a USB device cannot be used, in a sentence for the owner.
public enum USBTransferError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system does not let this user open it: the udev rule is missing.
    case notPermitted(String)
    /// Another program has it.
    case busy(String)
    /// It is unplugged, or has restarted.
    case gone(String)
    case timedOut(String)
    case failed(String)

    public var description: String {
        switch self {
        case .notPermitted(let why), .busy(let why), .gone(let why), .timedOut(let why), .failed(let why): why
        }
    }
}
