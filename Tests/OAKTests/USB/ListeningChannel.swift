// SPDX-License-Identifier: Apache-2.0
import Synchronization
import USB

/// A device that takes what it is sent, until it leaves.
final class ListeningChannel: USBChannel {
    struct Life: Sendable {
        /// One for each call of `write`, with its limit.
        var writes: [(bytes: [UInt8], limit: Int64)] = []
        var controls: [String] = []
        var isShut = false
    }

    let speedMegabits = 480.0
    private let life = Mutex(Life())
    private let last: Int
    private let error: USBTransferError

    /// - Parameters:
    ///   - last: how many writes it takes.
    ///   - error: what every other call ends with.
    init(last: Int = .max, error: USBTransferError = .gone("it left")) {
        (self.last, self.error) = (last, error)
    }

    var now: Life { life.withLock { $0 } }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(USBTransferError) { throw error }

    func write(_ bytes: UnsafeRawBufferPointer, limitNanoseconds: Int64) throws(USBTransferError) {
        let isTaken = life.withLock { life in
            guard life.writes.count < last else { return false }
            life.writes.append((Array(bytes), limitNanoseconds))
            return true
        }
        if !isTaken { throw error }
    }

    func control(
        type: UInt8, request: UInt8, value: UInt16, index: UInt16, limitNanoseconds: Int64
    ) throws(USBTransferError) {
        life.withLock { $0.controls.append("\(type) \(request) \(value) \(index) \(limitNanoseconds)") }
        throw error
    }

    func shutdown() { life.withLock { $0.isShut = true } }
}
