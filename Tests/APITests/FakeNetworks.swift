// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline
import Synchronization

/// Networks that are nothing but their configuration: the text `refuse:KIND` in a model is refused.
final class FakeNetworks: NetworkDoor {
    private let state = Mutex(State())
    private let hubs: [PicturePlace: StreamHub]

    private struct State {
        var active: Set<PicturePlace> = [.color, .left, .right]
        var configurations: [PicturePlace: String] = [:]
        var models: [PicturePlace: [UInt8]] = [:]
    }

    init() {
        hubs = Dictionary(
            uniqueKeysWithValues: PicturePlace.allCases.compactMap { place in
                CameraID("fake").map { id in
                    let hub = StreamHub(camera: id)
                    hub.offer([.metaout: nil, .previewout: nil])
                    return (place, hub)
                }
            })
    }

    func model(at place: PicturePlace) -> [UInt8]? { state.withLock { $0.models[place] } }

    func isActive(_ place: PicturePlace) -> Bool { state.withLock { $0.active.contains(place) } }

    func setActive(_ choice: [PicturePlace: Bool]) async throws(NetworkRefusal) {
        state.withLock { state in
            for (place, isActive) in choice {
                if isActive { state.active.insert(place) } else { state.active.remove(place) }
            }
        }
    }

    func configuration(at place: PicturePlace) -> String? { state.withLock { $0.configurations[place] } }

    func deploy(model: [UInt8], configuration: String, at place: PicturePlace) async throws(NetworkRefusal) {
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

    func remove(at place: PicturePlace) async throws(NetworkRefusal) {
        state.withLock { state in
            state.models[place] = nil
            state.configurations[place] = nil
        }
    }

    func results(at place: PicturePlace) -> StreamHub { hubs[place]! }

    func pictures(at place: PicturePlace) -> Subscription { results(at: place).subscribe(.previewout) }
}
