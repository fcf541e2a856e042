// SPDX-License-Identifier: Apache-2.0
import CUSBFS
import Foundation

/// An open node under /dev/bus/usb.
///
/// `@unchecked Sendable`: nothing but what the transfers point to ever changes, and a transfer is touched by the one thread that
/// submits it, and by the one that reaps it, which holds the lock of `USBDeviceHandle`.
final class USBFSNode: USBNode, @unchecked Sendable {
    let name: String
    let descriptor: Int32
    private let input: OpaquePointer
    private let output: OpaquePointer

    private static let interface: UInt32 = 0
    private static let configuration: UInt32 = 1
    /// No device has more, and no honest one nearly as much.
    private static let longestDescriptors = 1 << 16

    init(_ path: String) throws(USBTransferError) {
        let descriptor = cu_open(path)
        guard descriptor >= 0 else { throw .opening(path, -descriptor) }
        guard let input = cu_transfer_create(), let output = cu_transfer_create() else {
            // The process cannot go on without 120 bytes; this only keeps the types honest.
            Foundation.close(descriptor)
            throw .opening(path, ENOMEM)
        }
        (name, self.descriptor, self.input, self.output) = (path, descriptor, input, output)
    }

    deinit {
        cu_transfer_destroy(input)
        cu_transfer_destroy(output)
    }

    var completedEvent: Int16 { cu_completed() }
    var speedMegabits: Double { cu_speed(descriptor) }

    func descriptors() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.longestDescriptors) { bytes, count in
            count = max(0, pread(descriptor, bytes.baseAddress, bytes.count, 0))
        }
    }

    func claim() -> Int32 { cu_claim(descriptor, Self.interface) }
    func detachAndClaim() -> Int32 { cu_detach_and_claim(descriptor, Self.interface) }
    func configure() -> Int32 { cu_set_configuration(descriptor, Self.configuration) }

    func submit(_ way: USBWay, endpoint: UInt8, _ buffer: UnsafeMutableRawBufferPointer) -> Int32 {
        cu_submit(descriptor, transfer(way), endpoint, buffer.baseAddress, buffer.count)
    }

    func discard(_ way: USBWay) {
        // Refused only if it was over already, and then it is reaped like any other.
        _ = cu_discard(descriptor, transfer(way))
    }

    func reap() -> USBReaping {
        var over: OpaquePointer?
        switch (cu_reap(descriptor, &over), over) {
        case (0, let over?):
            let way = over == input ? USBWay.input : .output
            return .completion(USBCompletion(way, code: cu_transfer_status(over), count: cu_transfer_count(over)))
        case (EAGAIN, _): return .nothingYet
        default: return .gone
        }
    }

    func control(type: UInt8, request: UInt8, value: UInt16, index: UInt16, milliseconds: UInt32) -> Int32 {
        cu_control(descriptor, type, request, value, index, milliseconds)
    }

    func close() {
        // Refused only if the device is gone, and then there is nothing to release.
        _ = cu_release(descriptor, Self.interface)
        Foundation.close(descriptor)
    }

    private func transfer(_ way: USBWay) -> OpaquePointer { way == .input ? input : output }
}
