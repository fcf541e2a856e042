// SPDX-License-Identifier: Apache-2.0
public import Core
import Foundation
public import Fusion
public import Inference
public import Logging
import Synchronization

/// The networks attached to one camera's pictures, each a branch of its own. It lives as long as the camera's slot:
/// branches see the pictures of whatever graph is behind the hub.
public final class AttachedNetworks: Sendable {
    private let hub: StreamHub
    private let trouble: ThrottledLog
    private let seats: [NetworkTap: Seat]
    /// Held while branches are started and ended. Taken by house threads only.
    private let changing = NSLock()
    private let videoPlace = Mutex<NetworkTap?>(nil)
    private let ranging = Mutex<@Sendable (NetworkTap) -> DepthFusion?>({ _ in nil })

    /// One place and what is at work there.
    private final class Seat: Sendable {
        let results: StreamHub
        let state: Mutex<State>

        struct State {
            var isActive: Bool
            var network: Network?
            var branch: AttachedNetwork?
            /// Outlives the branches that end before they have a picture.
            var start: FirstResult?
            /// Given out to those who look at the place; those that ended are swept out when one more comes.
            var viewers: [Subscription] = []
        }

        init(camera: CameraID, isActive: Bool) {
            results = StreamHub(camera: camera)
            results.offer([.metaout: nil, .previewout: nil])
            state = Mutex(State(isActive: isActive))
        }
    }

    public init(hub: StreamHub, logger: Logger) {
        self.hub = hub
        trouble = ThrottledLog(logger)
        seats = Dictionary(
            uniqueKeysWithValues: NetworkTap.allCases.map { ($0, Seat(camera: hub.camera, isActive: $0 != .disparity)) })
    }

    /// Of the branches at work.
    public var heartbeats: [Heartbeat] {
        seats.values.compactMap { seat in seat.state.withLock { $0.branch?.heartbeat } }
    }

    /// Where a place's results are published; lives as long as the slot.
    public func results(at place: NetworkTap) -> StreamHub { seat(place).results }

    public func isActive(_ place: NetworkTap) -> Bool { seat(place).state.withLock { $0.isActive } }

    /// The network of a place, at work or resting.
    public func network(at place: NetworkTap) -> Network? { seat(place).state.withLock { $0.network } }

    /// What is to be seen at a place; see `NetworkDeployment.pictures`.
    public func pictures(at place: NetworkTap) -> Subscription {
        let seat = seat(place)
        return seat.state.withLock { state in
            let fresh: Subscription
            if state.branch != nil {
                fresh = seat.results.subscribe(.previewout)
            } else if videoPlace.withLock({ $0 }) == place {
                fresh = hub.subscribe(.video, capacity: Self.videoBacklog)
            } else {
                fresh = hub.subscribe(place.stream)
            }
            state.viewers.removeAll(where: \.isCancelled)
            state.viewers.append(fresh)
            return fresh
        }
    }

    /// Puts a network to work in the place of the one before, or none. Blocks until the old one has ended, which takes the
    /// time of one picture. For the house's own threads only.
    /// - Parameter start: told what becomes of the first picture the network is shown.
    public func attach(_ network: Network?, at place: NetworkTap, start: FirstResult? = nil) {
        changing.lock()
        defer { changing.unlock() }
        let seat = seat(place)
        // The picture the old network is at is not the new one's.
        seat.state.withLock { $0.branch }?.stop()
        seat.state.withLock { ($0.branch, $0.network, $0.start) = (nil, network, start) }
        restart(place)
    }

    /// Wakes or rests places. Blocks as `attach` does.
    public func setActive(_ choice: [NetworkTap: Bool]) {
        changing.lock()
        defer { changing.unlock() }
        var changed = Set<NetworkTap>()
        for (place, isActive) in choice {
            let was = seat(place).state.withLock { state in
                defer { state.isActive = isActive }
                return state.isActive
            }
            if was != isActive { changed.insert(place) }
        }
        // Distances come and go with the disparity picture.
        if changed.contains(.disparity) { changed.formUnion(NetworkTap.allCases.filter { network(at: $0) != nil }) }
        for place in changed { restart(place) }
    }

    /// Encoded pictures may wait so long: one that is lost costs all up to the next key frame.
    private static let videoBacklog = 8

    /// Another graph makes the `video` stream now, of the pictures at a place, or of none.
    public func setVideo(of place: NetworkTap?) {
        let before = videoPlace.withLock { current in
            defer { current = place }
            return current
        }
        guard before != place else { return }
        for changed in [before, place].compactMap({ $0 }) {
            let viewers = seat(changed).state.withLock { state in
                defer { state.viewers = [] }
                return state.viewers
            }
            // They come back for the stream that is made now.
            for viewer in viewers { viewer.cancel() }
        }
    }

    /// Another graph makes the depth now: branches with distances start over with its geometry.
    /// - Parameter fusion: makes what reads distances for boxes of a place; nil where there are none.
    public func setRanging(_ fusion: @escaping @Sendable (NetworkTap) -> DepthFusion?) {
        changing.lock()
        defer { changing.unlock() }
        ranging.withLock { $0 = fusion }
        guard isActive(.disparity) else { return }
        for place in NetworkTap.allCases where network(at: place) != nil { restart(place) }
    }

    /// Ends all branches and everybody's subscriptions. For the house's own threads only.
    public func stop() {
        changing.lock()
        defer { changing.unlock() }
        for place in NetworkTap.allCases {
            let seat = seat(place)
            let (branch, viewers) = seat.state.withLock { state in
                defer { (state.branch, state.viewers) = (nil, []) }
                return (state.branch, state.viewers)
            }
            branch?.stop()
            seat.results.close()
            for viewer in viewers { viewer.cancel() }
        }
    }

    private func seat(_ place: NetworkTap) -> Seat {
        guard let seat = seats[place] else { preconditionFailure("every place has a seat") }
        return seat
    }

    /// Ends a place's branch and starts the one that is wanted now. `changing` is held.
    private func restart(_ place: NetworkTap) {
        let seat = seat(place)
        seat.state.withLock { $0.branch }?.stop()
        let fusion = isActive(.disparity) ? ranging.withLock { $0 }(place) : nil
        let viewers = seat.state.withLock { state -> [Subscription] in
            state.branch =
                state.isActive
                ? state.network.map { network in
                    AttachedNetwork(
                        network,
                        .init(
                            place: place, hub: hub, results: seat.results, fusion: fusion, trouble: trouble,
                            start: state.start))
                } : nil
            defer { state.viewers = [] }
            return state.viewers
        }
        // They come back for the pictures that are shown now.
        for viewer in viewers { viewer.cancel() }
    }
}
