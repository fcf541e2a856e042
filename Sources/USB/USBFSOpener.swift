// SPDX-License-Identifier: Apache-2.0

/// Opens devices by way of the kernel's usbfs: no library, no privileges but the node's mode, which depthd's udev rule sets.
public struct USBFSOpener: USBOpener {
    public init() {}

    public func open(_ device: AttachedDevice) throws(USBTransferError) -> any USBChannel {
        guard !device.node.isEmpty else {
            throw .failed("The USB device at \(device.systemPath) has no node under /dev/bus/usb; mount /dev in the container")
        }
        return try USBDeviceHandle(USBFSNode(device.node))
    }
}
