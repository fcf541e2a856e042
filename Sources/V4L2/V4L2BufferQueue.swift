// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Core

/// The driver's ring of buffers, mapped. Everything is given back when it ends.
package final class V4L2BufferQueue {
    package enum Outcome {
        case nothing
        case picture(V4L2DequeuedBuffer)
        case bad(V4L2BufferFault, number: UInt32)
    }

    private let port: V4L2Device
    private let neededBytes: Int
    private var memory: [UnsafeMutableRawBufferPointer] = []
    /// Whether each buffer is with the driver.
    private var isOut: [Bool] = []
    private var isStreaming = false
    private var hasBuffers = false

    /// As in the table of the frame's walk.
    private static let buffers = 4
    /// A driver may give more than asked; more than this many are not mapped.
    private static let maximumBuffers = 32

    /// Maps the buffers and starts the stream.
    /// - Parameter neededBytes: of a whole picture; 1 for JPEG.
    package init(_ port: V4L2Device, neededBytes: Int) throws(V4L2BufferQueueError) {
        self.port = port
        self.neededBytes = neededBytes
        do {
            let count = try port.requestBuffers(Self.buffers)
            hasBuffers = true
            guard (2...Self.maximumBuffers).contains(count) else {
                throw V4L2BufferQueueError.lie("the driver provides \(count) buffers where \(Self.buffers) were requested")
            }
            for index in 0..<count { try map(index) }
            isOut = Array(repeating: false, count: count)
            for index in 0..<count { try give(index) }
            try port.start()
            isStreaming = true
        } catch let error as V4L2BufferQueueError {
            throw error
        } catch let failure as V4L2CallError {
            throw .failed(failure)
        } catch {
            throw .lie("\(error)")
        }
    }

    deinit {
        // A device that is gone refuses all of it, which changes nothing.
        if isStreaming { try? port.stop() }
        memory.forEach(port.device.unmap)
        if hasBuffers { _ = try? port.requestBuffers(0) }
    }

    private func map(_ index: Int) throws {
        let (length, offset) = try port.describeBuffer(index)
        guard length >= neededBytes, length <= 256 << 20 else {
            throw V4L2BufferQueueError.lie("a buffer has \(length) bytes; \(neededBytes) are needed")
        }
        switch port.device.map(length: length, offset: offset) {
        case .mapped(let bytes): memory.append(bytes)
        case .failed(let code): throw V4L2BufferQueueError.failed(V4L2CallError(call: CV_QUERYBUF, errno: code))
        }
    }

    /// Takes the next picture, if there is one. A bad one goes back to the driver at once.
    package func take() throws(V4L2BufferQueueError) -> Outcome {
        let raw: v4l2_buffer?
        do { raw = try port.takeBuffer() } catch { throw .failed(error) }
        guard let raw else { return .nothing }
        let index = Int(raw.index)
        guard memory.indices.contains(index), isOut[index] else {
            throw .lie("the driver returned buffer \(index), which does not exist")
        }
        isOut[index] = false
        if let fault = fault(of: raw, in: memory[index].count) {
            try give(index)
            return .bad(fault, number: raw.sequence)
        }
        let bytes = UnsafeRawBufferPointer(rebasing: memory[index][..<Int(raw.bytesused)])
        return .picture(V4L2DequeuedBuffer(index: index, bytes: bytes, stamp: Self.stamp(raw), number: raw.sequence))
    }

    private func fault(of raw: v4l2_buffer, in capacity: Int) -> V4L2BufferFault? {
        let used = Int(raw.bytesused)
        if raw.flags & UInt32(V4L2_BUF_FLAG_ERROR) != 0 { return .flagged }
        if used == 0 { return .empty }
        if used < neededBytes || used > capacity { return .short(min(used, capacity), needed: neededBytes) }
        return nil
    }

    private static func stamp(_ raw: v4l2_buffer) -> Int64? {
        guard raw.flags & UInt32(V4L2_BUF_FLAG_TIMESTAMP_MASK) == UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC) else { return nil }
        let (whole, overflow) = Int64(raw.timestamp.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let fraction = Int64(raw.timestamp.tv_usec)
        guard !overflow, (0..<1_000_000).contains(fraction) else { return 0 }
        return whole.addingReportingOverflow(fraction * 1000).partialValue
    }

    /// Gives a buffer back to the driver.
    package func give(_ index: Int) throws(V4L2BufferQueueError) {
        do { try port.giveBuffer(index) } catch { throw .failed(error) }
        isOut[index] = true
    }
}

/// Why a stream cannot go on.
package enum V4L2BufferQueueError: Error, CustomStringConvertible {
    case failed(V4L2CallError)
    /// The driver reported something impossible.
    case lie(String)

    package var description: String {
        switch self {
        case .failed(let failure): "\(failure)"
        case .lie(let reason): reason
        }
    }
}
