// SPDX-License-Identifier: Apache-2.0
import Foundation

extension USBTransferError {
    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// Why a node cannot be opened or its interface not claimed.
    static func opening(_ name: String, _ code: Int32) -> USBTransferError {
        switch code {
        case EACCES, EPERM:
            .notPermitted("depthd may not open \(name): its udev rule is missing. Install it with: sudo depthd install-rules")
        case EBUSY: .busy("Another program uses the USB device \(name); end that program")
        case ENOENT, ENODEV, ENXIO, ESHUTDOWN: .gone("The USB device \(name) is unplugged or has restarted")
        default: .failed("The USB device \(name) cannot be opened (\(reason(code))); plug it in again")
        }
    }

    /// Why a transfer failed.
    static func transfer(_ name: String, _ code: Int32) -> USBTransferError {
        switch code {
        // A device whose plug is being pulled, or that restarts, does not answer before the kernel knows that it is gone.
        case ENODEV, ESHUTDOWN, EPROTO, EILSEQ, ETIME, ENOENT, ECONNRESET, EHOSTUNREACH:
            .gone("The USB device \(name) is gone (\(reason(code))); check its cable and power")
        case ETIMEDOUT: .timedOut("The USB device \(name) takes no bytes")
        case EOVERFLOW: .failed("The USB device \(name) sent more than it announced")
        case ENOMEM:
            .failed(
                "The kernel has no memory left for USB device \(name): close other programs' cameras, or start the kernel with "
                    + "usbcore.usbfs_memory_mb=64")
        default: .failed("A transfer of USB device \(name) failed (\(reason(code)))")
        }
    }
}
