// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestSupport
import USB

/// A device with a kernel around it: one transfer each way, data that changes hands when a transfer is reaped, and a descriptor
/// to poll.
final class PretendNode: USBNode {
    struct Life: Sendable {
        /// Answers to claims, the first one first; 0 when none is left.
        var claims: [Int32] = []
        var detaching: Int32 = 0
        var submitting: Int32 = 0
        var controlling: Int32 = 0
        /// What the next transfers out end with; they stay under way while it is nil.
        var taking: Int32? = 0
        var isGone = false

        var calls: [String] = []
        /// Lengths of the transfers in that were asked for, and bytes of those out that were taken.
        var asked: [Int] = []
        var taken: [[UInt8]] = []
        var discarded = 0
        var closed = 0
        /// Transfers under way when the node was closed, and submits while one was under way.
        var mistakes = 0

        var isReading: Bool { input != nil }
        var isWriting: Bool { output != nil }
        var isUntaken: Bool { !over.isEmpty }

        fileprivate var incoming: [[UInt8]] = []
        fileprivate var input: Pending?
        fileprivate var output: Pending?
        fileprivate var over: [Over] = []
    }

    fileprivate struct Pending {
        let address: UInt
        let count: Int
    }

    fileprivate struct Over {
        let completion: USBCompletion
        let address: UInt
        let bytes: [UInt8]
    }

    let name = "/dev/bus/usb/001/002"
    private let flag = PollableFlag()
    let completedEvent = Int16(POLLIN)
    let speedMegabits = 480.0
    private let life: Mutex<Life>

    init(_ change: (inout Life) -> Void = { _ in }) {
        var life = Life()
        change(&life)
        self.life = Mutex(life)
    }

    var descriptor: Int32 { flag.descriptor }

    /// A device with one configuration of one vendor interface, with endpoints 0x01 and 0x81 (USB 2.0, chapter 9).
    static let descriptors: [UInt8] =
        [18, 1, 0x10, 2, 0, 0, 0, 64, 0xE7, 3, 0x3B, 0xF6, 0, 1, 1, 2, 3, 1] + [9, 2, 32, 0, 1, 1, 0, 0x80, 250]
        + [9, 4, 0, 0, 2, 255, 0, 0, 0] + [7, 5, 0x01, 2, 0, 2, 0] + [7, 5, 0x81, 2, 0, 2, 0]

    var now: Life { life.withLock { $0 } }

    func change(_ body: (inout Life) -> Void) {
        life.withLock { life in
            body(&life)
            settle(&life)
        }
    }

    /// The device sends; each array is one packet train that ends a transfer.
    func send(_ packets: [UInt8]...) { change { $0.incoming += packets } }

    /// Its plug is pulled.
    func unplug(_ code: Int32 = ESHUTDOWN) {
        change { life in
            for way in [USBWay.input, .output] { finish(&life, way, code, []) }
            life.isGone = true
        }
    }

    /// The kernel knows that it is gone, and has not yet taken its transfers down.
    func vanish() {
        change { $0.isGone = true }
        flag.raise()
    }

    private func settle(_ life: inout Life) {
        if let code = life.taking, let pending = life.output {
            let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: pending.address), count: pending.count)
            if code == 0 { life.taken.append(Array(bytes)) }
            finish(&life, .output, code, [], count: pending.count)
        }
        if let pending = life.input, !life.incoming.isEmpty {
            let bytes = life.incoming.removeFirst()
            finish(&life, .input, bytes.count > pending.count ? EOVERFLOW : 0, bytes, count: bytes.count)
        }
    }

    private func finish(_ life: inout Life, _ way: USBWay, _ code: Int32, _ bytes: [UInt8], count: Int = 0) {
        guard let pending = way == .input ? life.input.take() : life.output.take() else { return }
        let completion = USBCompletion(way, code: code, count: code == 0 ? count : 0)
        life.over.append(Over(completion: completion, address: pending.address, bytes: code == 0 ? bytes : []))
        flag.raise()
    }

    // MARK: What the kernel does

    func descriptors() -> [UInt8] { Self.descriptors }

    func claim() -> Int32 {
        life.withLock { life in
            life.calls.append("claim")
            return life.claims.isEmpty ? 0 : life.claims.removeFirst()
        }
    }

    func detachAndClaim() -> Int32 {
        life.withLock { life in
            life.calls.append("detach")
            return life.detaching
        }
    }

    func configure() -> Int32 {
        life.withLock { $0.calls.append("configure") }
        return 0
    }

    func submit(_ way: USBWay, endpoint: UInt8, _ buffer: UnsafeMutableRawBufferPointer) -> Int32 {
        life.withLock { life in
            guard life.submitting == 0, !life.isGone else { return life.isGone ? ENODEV : life.submitting }
            let pending = Pending(address: buffer.baseAddress.map { UInt(bitPattern: $0) } ?? 0, count: buffer.count)
            if (way == .input ? life.input : life.output) != nil { life.mistakes += 1 }
            if endpoint != (way == .input ? 0x81 : 0x01) { life.mistakes += 1 }
            if way == .input {
                life.input = pending
                life.asked.append(buffer.count)
            } else {
                life.output = pending
            }
            settle(&life)
            return 0
        }
    }

    func discard(_ way: USBWay) {
        change { life in
            life.discarded += 1
            finish(&life, way, ENOENT, [])
        }
    }

    func reap() -> USBReaping {
        life.withLock { life in
            guard !life.over.isEmpty else {
                if life.isGone { return .gone }
                flag.lower()
                return .nothingYet
            }
            let over = life.over.removeFirst()
            // Here, and not before, the kernel writes into the buffer.
            let buffer = UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(bitPattern: over.address), count: over.bytes.count)
            buffer.copyBytes(from: over.bytes)
            return .completion(over.completion)
        }
    }

    func control(type: UInt8, request: UInt8, value: UInt16, index: UInt16, milliseconds: UInt32) -> Int32 {
        life.withLock { life in
            life.calls.append("control \(type) \(request) \(value) \(index) \(milliseconds)")
            return life.controlling
        }
    }

    func close() {
        life.withLock { life in
            life.closed += 1
            if life.input != nil || life.output != nil { life.mistakes += 1 }
        }
    }
}
