// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import Logging
import Pipeline

/// The networks clients deployed to one camera: checked completely before anything changes, kept over restarts, put to
/// work without anybody else noticing.
final class DeployedNetworks: NetworkDeployment {
    private let camera: CameraID
    private let hub: StreamHub
    private let branches: AttachedNetworks
    private let store: HubStore
    private let models: ModelLoader
    private let logger: Logger
    /// Two deployments to one place come one after the other; held by depthd threads only, from the first look at the
    /// network to its first result.
    private let turns = Dictionary(uniqueKeysWithValues: NetworkTap.allCases.map { ($0, NSLock()) })
    /// Held while the camera's record is changed.
    private let changing = NSLock()

    /// A camera that gave no picture by then gives none. What the network does with it may take longer.
    private static let firstPictureNanoseconds: Int64 = 10_000_000_000

    init(hub: StreamHub, branches: AttachedNetworks, store: HubStore, models: ModelLoader, logger: Logger) {
        camera = hub.camera
        self.hub = hub
        self.branches = branches
        self.store = store
        self.models = models
        self.logger = logger
    }

    /// Puts back to work what was deployed before the daemon began. blocks; never call from a Swift task.
    func restore() {
        let record = store.record(of: camera.name)
        branches.setActive(Self.places(record.active))
        for tap in NetworkTap.allCases {
            guard let lock = turns[tap], let kept = record.networks[tap.rawValue] else { continue }
            lock.lock()
            defer { lock.unlock() }
            // Somebody may have been quicker.
            guard store.record(of: camera.name).networks[tap.rawValue] == kept else { continue }
            do {
                branches.attach(try models.network(hub: store.model(kept.digest), Array(kept.configuration.utf8)), at: tap)
            } catch {
                logger.error("the network deployed to \(tap.rawValue) is not running: \(error)")
            }
        }
    }

    // MARK: NetworkDeployment

    func isActive(_ tap: NetworkTap) -> Bool { branches.isActive(tap) }

    func results(at tap: NetworkTap) -> StreamHub { branches.results(at: tap) }

    func pictures(at tap: NetworkTap) -> Subscription { branches.pictures(at: tap) }

    func configuration(at tap: NetworkTap) -> String? {
        store.record(of: camera.name).networks[tap.rawValue]?.configuration
    }

    func setActive(_ choice: [NetworkTap: Bool]) async throws(NetworkRefusal) {
        guard choice.contains(where: { branches.isActive($0.key) != $0.value }) else { return }
        let outcome = await BlockingThread.run("\(camera) places") { [self] in
            Result { () throws(NetworkRefusal) in
                changing.lock()
                defer { changing.unlock() }
                var record = store.record(of: camera.name)
                for (tap, isActive) in choice { record.active[tap.rawValue] = isActive }
                try keep(record)
                branches.setActive(choice)
            }
        }
        try outcome.get()
    }

    func deploy(model: [UInt8], configuration: String, at tap: NetworkTap) async throws(NetworkRefusal) {
        let outcome = await BlockingThread.run("\(camera) deploy") { [self] in
            Result { () throws(NetworkRefusal) in try deployInTurn(model, configuration, tap) }
        }
        try outcome.get()
    }

    func remove(at tap: NetworkTap) async throws(NetworkRefusal) {
        let outcome = await BlockingThread.run("\(camera) remove") { [self] in
            Result { () throws(NetworkRefusal) in
                try inTurn(tap) { () throws(NetworkRefusal) in
                    try choose(nil, at: tap)
                    branches.attach(nil, at: tap)
                }
            }
        }
        try outcome.get()
    }

    // MARK: On a depthd thread

    private func inTurn(_ tap: NetworkTap, _ work: () throws(NetworkRefusal) -> Void) throws(NetworkRefusal) {
        let lock = turns[tap]
        lock?.lock()
        defer { lock?.unlock() }
        try work()
    }

    private func deployInTurn(_ model: [UInt8], _ configuration: String, _ tap: NetworkTap) throws(NetworkRefusal) {
        try inTurn(tap) { () throws(NetworkRefusal) in
            let network = try provenAside(model, configuration)
            let before = branches.network(at: tap)
            let start = FirstResult()
            branches.attach(network, at: tap, start: start)
            do throws(NetworkRefusal) {
                try check(start.outcome(pictureWithin: Self.firstPictureNanoseconds))
                let entry = HubRecord.Network(digest: ModelLoader.digest(model), configuration: configuration)
                try choose(entry, at: tap, model: model)
            } catch {
                branches.attach(before, at: tap)
                throw error
            }
        }
    }

    private func check(_ outcome: FirstResult.Outcome) throws(NetworkRefusal) {
        switch outcome {
        case .result: return
        case .failure(let problem): throw NetworkRefusal(.model, problem: problem)
        case .noPicture:
            throw NetworkRefusal(
                .unavailable, problem: "no picture arrived for the network; the previous network is active again")
        }
    }

    /// Reading and compiling a network takes seconds of a core; pictures come first. The network itself then runs on a
    /// thread that has never given way.
    private func provenAside(_ model: [UInt8], _ configuration: String) throws(NetworkRefusal) -> Network {
        let outcome = Mailbox<Result<Network, NetworkRefusal>>(capacity: 1, onFull: .dropNewest)
        _ = StageThread(name: "\(camera) proof") { [self] in
            ThreadPriority.yieldToPictures()
            outcome.offer(Result { () throws(NetworkRefusal) in try proven(model, configuration) })
        }
        guard let outcome = outcome.next() else { throw NetworkRefusal(.unavailable, problem: "the daemon is shutting down") }
        return try outcome.get()
    }

    /// A network that was read, loaded and run once.
    private func proven(_ model: [UInt8], _ configuration: String) throws(NetworkRefusal) -> Network {
        do {
            let network = try models.network(hub: model, Array(configuration.utf8))
            _ = try network.infer(grayFrame(width: network.inputWidth, height: network.inputHeight))
            return network
        } catch InferenceError.blobConfiguration(_, let field, let reason) {
            throw NetworkRefusal(.configuration, field: field, problem: reason)
        } catch InferenceError.runtimeMissing(let tried) {
            throw NetworkRefusal(.unavailable, problem: "\(InferenceError.runtimeMissing(tried: tried))".withoutFolders)
        } catch InferenceError.runtimeUnusable(let path, let reason) {
            throw NetworkRefusal(
                .unavailable, problem: "\(InferenceError.runtimeUnusable(path: path, reason: reason))".withoutFolders)
        } catch {
            throw NetworkRefusal(.model, problem: "\(error)".withoutFolders)
        }
    }

    private func grayFrame(width: Int, height: Int) -> Frame {
        let draft = FramePool.standalone(
            FrameHeader(
                camera: camera, instance: .color, sequence: 0, captured: .now(), width: width, height: height, format: .gray8))
        draft.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 128) }
        return draft.seal()
    }

    /// Keeps a choice over restarts. Models nobody names any more go with it, so it comes when the network is at work.
    private func choose(_ entry: HubRecord.Network?, at tap: NetworkTap, model: [UInt8]? = nil) throws(NetworkRefusal) {
        changing.lock()
        defer { changing.unlock() }
        var record = store.record(of: camera.name)
        guard record.networks[tap.rawValue] != entry else { return }
        record.networks[tap.rawValue] = entry
        try keep(record, model: model.flatMap { bytes in entry.map { ($0.digest, bytes) } })
    }

    private func keep(_ record: HubRecord, model: (String, [UInt8])? = nil) throws(NetworkRefusal) {
        do {
            try store.keep(record, of: camera.name, model: model)
        } catch {
            throw NetworkRefusal(.unavailable, problem: "the deployment cannot be saved: \(error)".withoutFolders)
        }
    }

    private static func places(_ named: [String: Bool]) -> [NetworkTap: Bool] {
        var places: [NetworkTap: Bool] = [:]
        for (name, isActive) in named { if let tap = NetworkTap(rawValue: name) { places[tap] = isActive } }
        return places
    }
}
