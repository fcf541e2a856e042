// SPDX-License-Identifier: Apache-2.0
package import CV4L2
package import Core
import Foundation

/// A real node. Closed when it is given up.
package final class V4L2KernelNode: V4L2Node {
    package let descriptor: Int32

    package init(_ path: String) throws(V4L2CallError) {
        let result = cv_open(path)
        guard result >= 0 else { throw V4L2CallError(call: nil, errno: -result) }
        descriptor = result
    }

    deinit {
        close(descriptor)
    }

    package func control(_ call: cv_call, _ argument: UnsafeMutableRawPointer) -> Int32 {
        cv_control(descriptor, call, argument)
    }

    package func map(length: Int, offset: Int) -> V4L2Mapping {
        var address: UnsafeMutableRawPointer?
        let code = cv_map(descriptor, length, offset, &address)
        guard code == 0, let address else { return .failed(errno: code) }
        return .mapped(UnsafeMutableRawBufferPointer(start: address, count: length))
    }

    package func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress else { return }
        munmap(base, memory.count)
    }
}

/// The running kernel.
package struct V4L2Kernel: V4L2System {
    package init() {}

    package func open(_ node: String) throws(V4L2CallError) -> any V4L2Node { try V4L2KernelNode(node) }

    package func wait(for devices: [any V4L2Node], milliseconds: Int32, ready: inout [Bool]) {
        withUnsafeTemporaryAllocation(of: pollfd.self, capacity: devices.count) { polled in
            for (index, device) in devices.enumerated() {
                polled[index] = pollfd(fd: device.descriptor, events: Int16(POLLIN), revents: 0)
            }
            // POLLERR counts as ready: taking a picture then says what is wrong.
            let count = poll(polled.baseAddress, nfds_t(devices.count), milliseconds)
            for index in devices.indices { ready[index] = count > 0 && polled[index].revents != 0 }
        }
    }

    package func now() -> Timestamp { .now() }
}

extension V4L2CallError {
    package static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
