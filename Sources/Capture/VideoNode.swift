// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Core
import Foundation

/// A real node. Closed when it is given up.
final class VideoNode: VideoDevice {
    let descriptor: Int32

    init(_ path: String) throws(VideoFailure) {
        let result = cv_open(path)
        guard result >= 0 else { throw VideoFailure(call: nil, errno: -result) }
        descriptor = result
    }

    deinit {
        close(descriptor)
    }

    func control(_ call: cv_call, _ argument: UnsafeMutableRawPointer) -> Int32 {
        cv_control(descriptor, call, argument)
    }

    func map(length: Int, offset: Int) -> VideoMapping {
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
struct LinuxVideo: VideoSystem {
    func open(_ node: String) throws(VideoFailure) -> any VideoDevice { try VideoNode(node) }

    func wait(for devices: [any VideoDevice], milliseconds: Int32, ready: inout [Bool]) {
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

extension VideoFailure {
    static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
