// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Synchronization

/// A device's bulk interface by way of the kernel's transfers: at most one each way is under way, of 1 MiB at most, so that it
/// takes 2 MiB of the 16 that the kernel has for all programs together.
///
/// A transfer that is over comes back to whichever thread asks first, the reader or the writer; it then wakes the other.
public final class USBDeviceHandle: USBChannel {
    public let speedMegabits: Double
    private let node: any USBNode
    private let endpoints: BulkEndpoints
    private let inputWake: WakeLine
    private let outputWake: WakeLine
    private let state = Mutex(State())

    private struct State {
        var isShut = false
        var isClosed = false
        /// The device is gone, and transfers with it that were not taken back. They never are from now on: it is then, and only
        /// then, that the kernel writes into their buffers.
        var isLost = false
        /// Calls that use the node at this moment.
        var users = 0
        var input: USBCompletion?
        var output: USBCompletion?
    }

    /// What became of a transfer so far.
    private enum Progress {
        case pending
        case over(USBCompletion)
        case lost
    }

    private static let largestTransfer = 1 << 20

    /// Claims the interface of a node, and closes the node if that fails.
    package init(_ node: any USBNode) throws(USBTransferError) {
        do throws(USBTransferError) {
            try Self.claim(node)
            guard let endpoints = BulkEndpoints(node.descriptors()) else {
                throw .failed("The USB device \(node.name) is no camera that depthd knows: it has no bulk endpoints")
            }
            self.endpoints = endpoints
            (inputWake, outputWake) = try Self.wakeLines()
        } catch {
            node.close()
            throw error
        }
        self.node = node
        speedMegabits = node.speedMegabits
    }

    deinit { shutdown() }

    private static func claim(_ node: any USBNode) throws(USBTransferError) {
        var code = node.claim()
        // The kernel chooses a configuration unless a hub has too little power for it.
        if code == ENOENT || code == EHOSTUNREACH {
            code = node.configure()
            if code == 0 { code = node.claim() }
        }
        if code == EBUSY { code = node.detachAndClaim() }
        guard code == 0 else { throw .opening(node.name, code) }
    }

    private static func wakeLines() throws(USBTransferError) -> (WakeLine, WakeLine) {
        do {
            return (try WakeLine(), try WakeLine())
        } catch {
            throw .failed("No descriptor is left for a USB device; close other programs")
        }
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(USBTransferError) {
        var done = 0
        while done < buffer.count {
            let end = min(buffer.count, done + Self.largestTransfer)
            done += try transfer(.input, UnsafeMutableRawBufferPointer(rebasing: buffer[done..<end]), until: nil)
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer, limitNanoseconds: Int64) throws(USBTransferError) {
        var done = 0
        repeat {
            let end = min(bytes.count, done + Self.largestTransfer)
            let piece = UnsafeMutableRawBufferPointer(mutating: UnsafeRawBufferPointer(rebasing: bytes[done..<end]))
            let count = try transfer(.output, piece, until: Timestamp.now().advanced(byNanoseconds: limitNanoseconds))
            guard count == piece.count else { throw .transfer(node.name, EPROTO) }
            done = end
        } while done < bytes.count
    }

    public func control(
        type: UInt8, request: UInt8, value: UInt16, index: UInt16, limitNanoseconds: Int64
    ) throws(USBTransferError) {
        try enter()
        defer { leave() }
        // 0 would be no limit.
        let milliseconds = UInt32(clamping: max(1, limitNanoseconds / 1_000_000))
        let code = node.control(type: type, request: request, value: value, index: index, milliseconds: milliseconds)
        guard code == 0 else { throw .transfer(node.name, code) }
    }

    public func shutdown() {
        closeIfUnused { $0.isShut = true }
        inputWake.pull()
        outputWake.pull()
    }

    // MARK: One transfer

    /// Makes one transfer and returns how many bytes went. Does not return before the kernel has let go of the buffer.
    private func transfer(
        _ way: USBWay, _ buffer: UnsafeMutableRawBufferPointer, until deadline: Timestamp?
    ) throws(USBTransferError) -> Int {
        try enter()
        defer { leave() }
        let code = node.submit(way, endpoint: way == .input ? endpoints.input : endpoints.output, buffer)
        guard code == 0 else { throw .transfer(node.name, code) }
        var isDiscarded = false
        var isHungUp = false
        while true {
            switch progress(of: way, isLast: isHungUp) {
            case .over(let completion): return try result(completion, isLate: isDiscarded)
            case .lost: throw .transfer(node.name, ENODEV)
            case .pending: break
            }
            if !isDiscarded, isShut || deadline.map({ $0 <= .now() }) ?? false {
                node.discard(way)
                isDiscarded = true
            } else {
                isHungUp = wait(way, until: isDiscarded ? nil : deadline)
            }
        }
    }

    private func result(_ completion: USBCompletion, isLate: Bool) throws(USBTransferError) -> Int {
        if completion.code == 0 { return completion.count }
        if isShut { throw .gone("The USB device \(node.name) was closed") }
        throw .transfer(node.name, isLate ? ETIMEDOUT : completion.code)
    }

    /// Takes back what is over. With the lock held: while one thread takes the other's transfer back, the kernel writes into that
    /// one's buffer, which must not be freed meanwhile.
    /// - Parameter isLast: whether the device has hung up, so that what is not over now never will be.
    private func progress(of way: USBWay, isLast: Bool) -> Progress {
        state.withLock { state in
            reaping: while !state.isLost {
                switch node.reap() {
                case .completion(let completion):
                    if completion.way == .input { state.input = completion } else { state.output = completion }
                    if completion.way != way { wakeLine(completion.way).pull() }
                case .nothingYet where !isLast: break reaping
                case .nothingYet, .gone: state.isLost = true
                }
            }
            let mine = way == .input ? state.input.take() : state.output.take()
            return mine.map(Progress.over) ?? (state.isLost ? .lost : .pending)
        }
    }

    /// Waits until something may have happened; true if nothing more can.
    private func wait(_ way: USBWay, until deadline: Timestamp?) -> Bool {
        let wake = wakeLine(way)
        var polled = (
            pollfd(fd: node.descriptor, events: node.completedEvent, revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
        )
        // Rounded up: a deadline in half a millisecond must not become a busy loop.
        let patience = deadline.map { Int32(clamping: max(0, $0.nanoseconds(since: .now()) + 999_999) / 1_000_000) } ?? -1
        let ready = withUnsafeMutablePointer(to: &polled) { pointer in
            pointer.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, patience) }
        }
        guard ready > 0 else { return false }
        if polled.1.revents != 0 { wake.clear() }
        return polled.0.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    }

    private func wakeLine(_ way: USBWay) -> WakeLine { way == .input ? inputWake : outputWake }
    private var isShut: Bool { state.withLock { $0.isShut } }

    // MARK: Who uses the node

    private func enter() throws(USBTransferError) {
        let (isShut, isLost) = state.withLock { state in
            if !state.isShut, !state.isLost { state.users += 1 }
            return (state.isShut, state.isLost)
        }
        if isShut { throw .gone("The USB device \(node.name) was closed") }
        if isLost { throw .transfer(node.name, ENODEV) }
    }

    private func leave() { closeIfUnused { $0.users -= 1 } }

    /// Closes the node once it is shut and nobody uses it; another program, or the camera's next state, can have it then.
    private func closeIfUnused(after change: (inout State) -> Void) {
        let isToClose = state.withLock { state in
            change(&state)
            guard state.isShut, state.users == 0, !state.isClosed else { return false }
            state.isClosed = true
            return true
        }
        if isToClose { node.close() }
    }
}
