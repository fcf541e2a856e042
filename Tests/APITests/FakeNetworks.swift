// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline
import Synchronization

/// Networks that are nothing but their configuration: the text `refuse:KIND` in a model is refused.
final class FakeNetworks: NetworkDeployment {
    private let state = Mutex(State())
    private let hubs: [NetworkTap: StreamHub]

    private struct State {
        var active: Set<NetworkTap> = [.color, .left, .right]
        var configurations: [NetworkTap: String] = [:]
        var models: [NetworkTap: [UInt8]] = [:]
    }

    init() {
        hubs = Dictionary(
            uniqueKeysWithValues: NetworkTap.allCases.compactMap { place in
                CameraID("fake").map { id in
                    let hub = StreamHub(camera: id)
                    hub.offer([.metaout: nil, .previewout: nil])
                    return (place, hub)
                }
            })
    }

    func model(at place: NetworkTap) -> [UInt8]? { state.withLock { $0.models[place] } }

    func isActive(_ place: NetworkTap) -> Bool { state.withLock { $0.active.contains(place) } }

    func setActive(_ choice: [NetworkTap: Bool]) async throws(NetworkRefusal) {
        state.withLock { state in
            for (place, isActive) in choice {
                if isActive { state.active.insert(place) } else { state.active.remove(place) }
            }
        }
    }

    func configuration(at place: NetworkTap) -> String? { state.withLock { $0.configurations[place] } }

    func deploy(model: [UInt8], configuration: String, at place: NetworkTap) async throws(NetworkRefusal) {
        switch String(decoding: model.prefix(32), as: UTF8.self) {
        case "refuse:configuration":
            throw NetworkRefusal(.configuration, field: "nn_config.anchors", problem: "must be pairs")
        case "refuse:model": throw NetworkRefusal(.model, problem: "is cut off")
        case "refuse:unavailable": throw NetworkRefusal(.unavailable, problem: "no runtime")
        default: break
        }
        state.withLock { state in
            state.models[place] = model
            state.configurations[place] = configuration
        }
    }

    func remove(at place: NetworkTap) async throws(NetworkRefusal) {
        state.withLock { state in
            state.models[place] = nil
            state.configurations[place] = nil
        }
    }

    func results(at place: NetworkTap) -> StreamHub { hubs[place]! }

    func pictures(at place: NetworkTap) -> Subscription { results(at: place).subscribe(.previewout) }
}
