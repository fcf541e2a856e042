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
            uniqueKeysWithValues: NetworkTap.allCases.compactMap { tap in
                CameraID("fake").map { id in
                    let hub = StreamHub(camera: id)
                    hub.offer([.metaout: nil, .previewout: nil])
                    return (tap, hub)
                }
            })
    }

    func model(at tap: NetworkTap) -> [UInt8]? { state.withLock { $0.models[tap] } }

    func isActive(_ tap: NetworkTap) -> Bool { state.withLock { $0.active.contains(tap) } }

    func setActive(_ choice: [NetworkTap: Bool]) async throws(NetworkRefusal) {
        state.withLock { state in
            for (tap, isActive) in choice {
                if isActive { state.active.insert(tap) } else { state.active.remove(tap) }
            }
        }
    }

    func configuration(at tap: NetworkTap) -> String? { state.withLock { $0.configurations[tap] } }

    func deploy(model: [UInt8], configuration: String, at tap: NetworkTap) async throws(NetworkRefusal) {
        switch String(decoding: model.prefix(32), as: UTF8.self) {
        case "refuse:configuration":
            throw NetworkRefusal(.configuration, field: "nn_config.anchors", problem: "must be pairs")
        case "refuse:model": throw NetworkRefusal(.model, problem: "is cut off")
        case "refuse:unavailable": throw NetworkRefusal(.unavailable, problem: "no runtime")
        default: break
        }
        state.withLock { state in
            state.models[tap] = model
            state.configurations[tap] = configuration
        }
    }

    func remove(at tap: NetworkTap) async throws(NetworkRefusal) {
        state.withLock { state in
            state.models[tap] = nil
            state.configurations[tap] = nil
        }
    }

    func results(at tap: NetworkTap) -> StreamHub { hubs[tap]! }

    func pictures(at tap: NetworkTap) -> Subscription { results(at: tap).subscribe(.previewout) }
}
