// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
public import Fusion
public import Inference
import Synchronization

/// The networks attached to one camera's pictures, each a branch of its own. It lives as long as the camera's slot:
/// branches see the pictures of whatever graph is behind the hub.
public final class AttachedNetworks: Sendable {
    private let hub: StreamHub
    private let monitor: StageMonitor
    private let tapStates: [NetworkTap: TapState]
    /// Held while branches are started and ended. Never taken by a Swift task.
    private let changing = NSLock()
    private let videoPlace = Mutex<NetworkTap?>(nil)
    private let ranging = Mutex<@Sendable (NetworkTap) -> DepthFusion?>({ _ in nil })

    /// One place and what is at work there.
    private final class TapState: Sendable {
        let results: StreamHub
        let state: Mutex<State>

        struct State {
            var isActive: Bool
            var network: Network?
            var attached: AttachedNetwork?
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

    /// - Parameter monitor: watches the branches and counts their failures.
    public init(hub: StreamHub, monitor: StageMonitor) {
        (self.hub, self.monitor) = (hub, monitor)
        tapStates = Dictionary(
            uniqueKeysWithValues: NetworkTap.allCases.map { ($0, TapState(camera: hub.camera, isActive: $0 != .disparity)) })
    }

    /// Where a place's results are published; lives as long as the slot.
    public func results(at tap: NetworkTap) -> StreamHub { tapState(tap).results }

    public func isActive(_ tap: NetworkTap) -> Bool { tapState(tap).state.withLock { $0.isActive } }

    /// The network of a place, at work or resting.
    public func network(at tap: NetworkTap) -> Network? { tapState(tap).state.withLock { $0.network } }

    /// What is to be seen at a place; see `NetworkDeployment.pictures`.
    public func pictures(at tap: NetworkTap) -> Subscription {
        let tapState = tapState(tap)
        return tapState.state.withLock { state in
            let fresh: Subscription
            if state.attached != nil {
                fresh = tapState.results.subscribe(.previewout)
            } else if videoPlace.withLock({ $0 }) == tap {
                fresh = hub.subscribe(.video, capacity: Self.videoBacklog)
            } else {
                fresh = hub.subscribe(tap.stream)
            }
            state.viewers.removeAll(where: \.isCancelled)
            state.viewers.append(fresh)
            return fresh
        }
    }

    /// Puts a network to work in the place of the one before, or none. Blocks until the old one has ended, which takes the
    /// time of one picture. Never call from a Swift task.
    /// - Parameter start: told what becomes of the first picture the network is shown.
    public func attach(_ network: Network?, at tap: NetworkTap, start: FirstResult? = nil) {
        changing.lock()
        defer { changing.unlock() }
        let tapState = tapState(tap)
        // The picture the old network is at is not the new one's.
        tapState.state.withLock { $0.attached }?.stop()
        tapState.state.withLock { ($0.attached, $0.network, $0.start) = (nil, network, start) }
        restart(tap)
    }

    /// Wakes or rests places. Blocks as `attach` does.
    public func setActive(_ choice: [NetworkTap: Bool]) {
        changing.lock()
        defer { changing.unlock() }
        var changed = Set<NetworkTap>()
        for (tap, isActive) in choice {
            let was = tapState(tap).state.withLock { state in
                defer { state.isActive = isActive }
                return state.isActive
            }
            if was != isActive { changed.insert(tap) }
        }
        // Distances come and go with the disparity picture.
        if changed.contains(.disparity) { changed.formUnion(NetworkTap.allCases.filter { network(at: $0) != nil }) }
        for tap in changed { restart(tap) }
    }

    /// Encoded pictures may wait so long: one that is lost costs all up to the next key frame.
    private static let videoBacklog = 8

    /// Another graph makes the `video` stream now, of the pictures at a place, or of none.
    public func setVideo(of tap: NetworkTap?) {
        let before = videoPlace.withLock { current in
            defer { current = tap }
            return current
        }
        guard before != tap else { return }
        for changed in [before, tap].compactMap({ $0 }) {
            let viewers = tapState(changed).state.withLock { state in
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
        for tap in NetworkTap.allCases where network(at: tap) != nil { restart(tap) }
    }

    /// Ends all branches and everybody's subscriptions. Never call from a Swift task.
    public func stop() {
        changing.lock()
        defer { changing.unlock() }
        for tap in NetworkTap.allCases {
            let tapState = tapState(tap)
            let (attached, viewers) = tapState.state.withLock { state in
                defer { (state.attached, state.viewers) = (nil, []) }
                return (state.attached, state.viewers)
            }
            attached?.stop()
            tapState.results.close()
            for viewer in viewers { viewer.cancel() }
        }
    }

    private func tapState(_ tap: NetworkTap) -> TapState {
        guard let tapState = tapStates[tap] else { preconditionFailure("every tap has a state") }
        return tapState
    }

    /// Ends a place's branch and starts the one that is wanted now. `changing` is held.
    private func restart(_ tap: NetworkTap) {
        let tapState = tapState(tap)
        tapState.state.withLock { $0.attached }?.stop()
        let fusion = isActive(.disparity) ? ranging.withLock { $0 }(tap) : nil
        let viewers = tapState.state.withLock { state -> [Subscription] in
            state.attached =
                state.isActive
                ? state.network.map { network in
                    AttachedNetwork(
                        network,
                        .init(
                            tap: tap, hub: hub, results: tapState.results, fusion: fusion, monitor: monitor,
                            start: state.start))
                } : nil
            defer { state.viewers = [] }
            return state.viewers
        }
        // They come back for the pictures that are shown now.
        for viewer in viewers { viewer.cancel() }
    }
}
