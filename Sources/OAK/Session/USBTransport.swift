// SPDX-License-Identifier: Apache-2.0
package import USB
package import XLink

/// XLink over USB: a header is a transfer of its own, and so is each MiB of a payload.
package final class USBTransport: XLinkTransport {
    /// A running camera feeds on its host's watchdog every 750 ms, half of the time after which it restarts.
    package static let watchdogNanoseconds: Int64 = 750_000_000
    private static let writeLimit: Int64 = 5_000_000_000

    private let channel: any USBChannel

    package init(_ channel: any USBChannel) {
        self.channel = channel
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(XLinkTransportError) {
        do throws(USBTransferError) {
            try channel.read(into: buffer)
        } catch {
            throw .gone("\(error)")
        }
    }

    package func write(header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) throws(XLinkTransportError) {
        do throws(USBTransferError) {
            try channel.write(header, limitNanoseconds: Self.writeLimit)
            // No bytes would be a packet without bytes, which a reader of the next header would get for it.
            if !payload.isEmpty { try channel.write(payload, limitNanoseconds: Self.writeLimit) }
        } catch {
            throw .gone("\(error)")
        }
    }

    package func shutdown() { channel.shutdown() }
}
