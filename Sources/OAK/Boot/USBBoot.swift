// SPDX-License-Identifier: Apache-2.0
import Core
package import USB

/// What a camera on USB is told before it speaks XLink.
package enum USBBoot {
    private static let pieceBytes = 1 << 20
    private static let pieceLimit: Int64 = 2_000_000_000
    private static let uploadLimit: Int64 = 10_000_000_000
    /// A transfer that fills its last packet is not over before one without bytes. The boot ROM is always at high speed.
    private static let packetBytes = 512

    /// Sends firmware to a boot ROM, which runs it at once and leaves the bus. Blocks for at most ten seconds.
    /// - Throws: unless all of it went out; a camera that left before has not taken it.
    package static func upload(
        _ firmware: FirmwareImage, header: BootHeader, to channel: any USBChannel
    ) throws(USBTransferError) {
        let data = BootData(header, firmware)
        let end = Timestamp.after(uploadLimit)
        try data.forEachPiece(of: pieceBytes) { piece throws(USBTransferError) in
            let left = end.nanoseconds(since: .now())
            guard left > 0 else { throw .timedOut("The camera took its firmware too slowly; check its cable") }
            try channel.write(piece, limitNanoseconds: min(left, pieceLimit))
        }
        guard data.count % packetBytes == 0 else { return }
        do throws(USBTransferError) {
            try channel.write(UnsafeRawBufferPointer(start: nil, count: 0), limitNanoseconds: pieceLimit)
        } catch {
            // The last record was the jump: the ROM may be gone already.
            guard case .gone = error else { throw error }
        }
    }

    /// Has a camera that runs what is in its flash restart into its bootloader: the bus tells whether it did.
    package static func restart(_ channel: any USBChannel) {
        // It may leave before it answers, so the answer means nothing. The request is of the standard type, as the library sends it.
        try? channel.control(type: 0x00, request: 0xF5, value: 0x0DA1, index: 0, limitNanoseconds: 1_000_000_000)
    }
}
