// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Core
import Foundation

/// A real node. Closed when it is given up.
final class V4L2KernelNode: V4L2Node {
    let descriptor: Int32

    init(_ path: String) throws(V4L2CallError) {
        let result = cv_open(path)
        guard result >= 0 else { throw V4L2CallError(call: nil, errno: -result) }
        descriptor = result
    }

    deinit {
        close(descriptor)
    }

    func control(_ call: cv_call, _ argument: UnsafeMutableRawPointer) -> Int32 {
        cv_control(descriptor, call, argument)
    }

    func map(length: Int, offset: Int) -> V4L2Mapping {
        var address: UnsafeMutableRawPointer?
        let code = cv_map(descriptor, length, offset, &address)
        guard code == 0, let address else { return .failed(errno: code) }
        return .mapped(UnsafeMutableRawBufferPointer(start: address, count: length))
    }

    func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress else { return }
        munmap(base, memory.count)
    }
}

/// The running kernel.
struct V4L2Kernel: V4L2System {
    func open(_ node: String) throws(V4L2CallError) -> any V4L2Node { try V4L2KernelNode(node) }

    func wait(for devices: [any V4L2Node], milliseconds: Int32, ready: inout [Bool]) {
        withUnsafeTemporaryAllocation(of: pollfd.self, capacity: devices.count) { polled in
            for (index, device) in devices.enumerated() {
                polled[index] = pollfd(fd: device.descriptor, events: Int16(POLLIN), revents: 0)
            }
            // POLLERR counts as ready: taking a picture then says what is wrong.
            let count = poll(polled.baseAddress, nfds_t(devices.count), milliseconds)
            for index in devices.indices { ready[index] = count > 0 && polled[index].revents != 0 }
        }
    }

    func now() -> Timestamp { .now() }
}

extension V4L2CallError {
    static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
