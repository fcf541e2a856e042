// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import HTTPTypes
import Pipeline
import Synchronization

/// Makes single pictures: waits for the next frame of a stream and encodes it, on a thread of its own.
final class SnapshotService: Sendable {
    enum Kind: Sendable {
        case jpeg(quality: Int)
        case png
        /// As it looks, in the hub's formats; `size` in pixels, nil for the stream's own.
        case still(StillFormat, size: (width: Int, height: Int)?)
    }

    /// A picture file and the exposure it shows.
    struct Snapshot: Sendable {
        var bytes: [UInt8]
        var sequence: Int
    }

    private let limit: Int
    private let timeout: Int64
    /// Factor by which a running camera gets more time.
    private static let patience = 10
    private let state = Mutex(State())

    private struct State {
        var waiting: [Int: Subscription] = [:]
        var nextID = 0
        var stopped = false
    }

    init(limit: Int, timeout: Duration) {
        self.limit = limit
        self.timeout = timeout.nanoseconds
    }

    /// The next picture of a stream.
    func take(_ stream: StreamName, of camera: any CameraService, as kind: Kind) async throws -> Snapshot {
        let (id, subscription) = try enter(camera.hub, stream)
        let result = Mailbox<Result<Snapshot, HTTPError>>(capacity: 1, onFull: .dropNewest)
        _ = StageThread(name: "snapshot") { [self] in
            let packet = next(of: subscription, camera)
            leave(id)
            result.offer(packet.map { SnapshotService.encode($0, as: kind) } ?? .failure(SnapshotService.silent(camera, stream)))
        }
        if stream == .jpegout { camera.requestJPEG() }
        guard let result = await result.receive() else { throw HTTPError.shuttingDown }
        return try result.get()
    }

    /// Ends every wait, at the end of the daemon.
    func stop() {
        let waiting = state.withLock { state in
            state.stopped = true
            return Array(state.waiting.values)
        }
        for subscription in waiting { subscription.cancel() }
    }

    private func enter(_ hub: StreamHub, _ stream: StreamName) throws -> (Int, Subscription) {
        try state.withLock { state in
            guard !state.stopped else { throw HTTPError.shuttingDown }
            guard state.waiting.count < limit else {
                throw HTTPError.busy("too_many_snapshots", "\(limit) snapshots are already being made", retryAfter: 1)
            }
            state.nextID += 1
            let subscription = hub.subscribe(stream)
            state.waiting[state.nextID] = subscription
            return (state.nextID, subscription)
        }
    }

    private func leave(_ id: Int) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.cancel()
    }

    /// A camera that runs gives its picture late when the box is busy, and is waited for; one that is away gives none.
    private func next(of subscription: Subscription, _ camera: any CameraService) -> StreamPacket? {
        var deadline = Timestamp.now()
        for _ in 0..<Self.patience {
            deadline = deadline.advanced(byNanoseconds: timeout)
            if let packet = subscription.mailbox.next(until: deadline) { return packet }
            guard !subscription.isCancelled, camera.status().state == .running else { return nil }
        }
        return nil
    }

    private static func encode(_ packet: StreamPacket, as kind: Kind) -> Result<Snapshot, HTTPError> {
        do {
            let bytes: [UInt8]
            switch (packet.payload, kind) {
            case (.jpeg(let file), .jpeg): bytes = file
            case (.frame(let frame), .jpeg(let quality)): bytes = try JPEGEncoder(quality: quality).encode(frame)
            case (.frame(let frame), .png): bytes = try PNGEncoder.encode(frame)
            case (.frame(let frame), .still(let format, let size)):
                let look = DisparityRendering.gray(frame)
                bytes = try format.encode(
                    size.map { PictureScaler.scaled(look, width: $0.width, height: $0.height) } ?? look)
            default: return .failure(HTTPError.wrongForm(packet))
            }
            return .success(Snapshot(bytes: bytes, sequence: packet.sequence))
        } catch {
            let other = if case .png = kind { "snapshot.jpg" } else { "snapshot.png" }
            return .failure(
                HTTPError(status: .unsupportedMediaType, code: "wrong_form", message: "\(error); try \(other)", field: "name"))
        }
    }

    private static func silent(_ camera: any CameraService, _ stream: StreamName) -> HTTPError {
        let status = camera.status()
        let why = status.why.isEmpty ? "" : ": \(status.why)"
        return .busy(
            "no_frame", "no frame arrived on \(stream.rawValue) in time; camera \(camera.id) is \(status.state.rawValue)\(why)",
            retryAfter: 1)
    }
}

extension HTTPError {
    fileprivate static func wrongForm(_ packet: StreamPacket) -> HTTPError {
        HTTPError(
            status: .unsupportedMediaType, code: "wrong_form", message: "the stream is not available in this format",
            field: "name")
    }
}
