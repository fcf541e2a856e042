// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Fusion
import Inference
package import Pipeline
import Synchronization

/// One client's conversation: what it asks for, and what it gets. Knows no sockets.
///
/// Not `Sendable`: one thread hands it the client's messages, one after the other.
package final class LinkSession {
    private let appliance: any ApplianceService
    private let services: any LinkServices
    private let cache: BlobCache
    private let outbox: LinkOutbox
    private let version: String
    private var camera: (any CameraService)?
    private var pipeline: LinkPipeline?
    private var pending: Pending?
    /// Bytes of a file on its way.
    private var promised = 0

    /// A pipeline that waits for its networks.
    private struct Pending {
        var configuration: LinkConfiguration
        var number: UInt32
        /// Hashes of the files it waits for.
        var missing: [String]
        /// Those it has: the cache may need the room meanwhile.
        var files: [String: [UInt8]] = [:]
    }

    private static let digestByteCount = 32

    package init(
        appliance: any ApplianceService, services: any LinkServices, cache: BlobCache, outbox: LinkOutbox, version: String
    ) {
        (self.appliance, self.services, self.cache, self.outbox, self.version) = (appliance, services, cache, outbox, version)
    }

    /// Whether a payload shall be read; what is not is skipped.
    package func takes(_ header: LinkHeader) throws(LinkError) -> Bool {
        guard let kind = LinkKind(rawValue: header.kind) else { return false }
        guard let longest = kind.longestFromClient else { return false }
        guard header.length <= longest else { throw .tooLong(kind: header.kind, length: header.length) }
        guard kind == .blob else { return true }
        guard let pending, !pending.missing.isEmpty, header.length > Self.digestByteCount else { return false }
        guard cache.promise(header.length) else {
            refuse(pending.number, LinkRefusal("ai.blob", "the box has no memory for a file of \(header.length) bytes now"))
            self.pending = nil
            return false
        }
        promised = header.length
        return true
    }

    /// Takes a message.
    package func handle(_ message: LinkMessage) {
        guard let kind = LinkKind(rawValue: message.header.kind) else { return }
        let number = message.header.number
        do {
            switch kind {
            case .hello: try greet(message)
            case .create: try create(message)
            case .blob: try receive(message)
            case .ping: outbox.offer(LinkMessage(.pong, number: number, payload: message.payload))
            case .command: try command(message)
            case .threshold: try threshold(message)
            case .control: try control(message)
            case .eeprom: try writeEEPROM(message)
            default: break
            }
        } catch {
            refuse(number, error)
        }
    }

    /// Ends everything; blocks until the threads of the pipeline have ended.
    package func end() {
        if promised > 0 { cache.forget(promised) }
        promised = 0
        pipeline?.stop()
        pipeline = nil
    }

    private func refuse(_ number: UInt32, _ refusal: LinkRefusal) {
        outbox.offer(.refused(number, refusal))
    }

    private func answer(_ kind: LinkKind, _ number: UInt32, _ object: [String: Any]) {
        outbox.offer(LinkMessage(kind, number: number, payload: LinkMessage.json(object)))
    }

    private func chosen() throws(LinkRefusal) -> any CameraService {
        guard let camera else { throw LinkRefusal("hello", "must come first") }
        return camera
    }

    // MARK: Greeting

    private struct Greeting: Decodable {
        var `protocol`: Int
        var device: String?
    }

    private func greet(_ message: LinkMessage) throws(LinkRefusal) {
        guard let greeting = try? JSONDecoder().decode(Greeting.self, from: Data(message.payload)) else {
            throw LinkRefusal("hello", "must be JSON with the number 'protocol'")
        }
        guard greeting.protocol == 1 else {
            throw LinkRefusal("protocol", "this box supports version 1 only, not \(greeting.protocol)")
        }
        let camera = try choose(greeting.device ?? "")
        self.camera = camera
        let report = CameraReport(camera, memory: services.memory(of: camera.id), version: version)
        let cameras = appliance.cameras.map { camera in
            ["name": camera.id.name, "state": camera.status().state.rawValue, "mx_id": CameraIdentity.myriadX(of: camera)]
        }
        answer(
            .welcome, message.header.number,
            [
                "protocol": 1, "version": version, "camera": camera.id.name, "cameras": cameras,
                "config_d2h": report.configuration, "geometry": report.geometry,
            ])
    }

    /// The camera of that name; without one the first that runs, else the first.
    private func choose(_ name: String) throws(LinkRefusal) -> any CameraService {
        let cameras = appliance.cameras
        guard let first = cameras.first else { throw LinkRefusal("device", "the box has no camera") }
        guard !name.isEmpty else { return cameras.first { $0.status().state == .running } ?? first }
        let found = cameras.first { $0.id.name == name.lowercased() } ?? cameras.first { CameraIdentity.myriadX(of: $0) == name }
        guard let camera = found else {
            let known = cameras.map(\.id.name).joined(separator: ", ")
            throw LinkRefusal("device", "there is no camera '\(name)'; there are \(known)")
        }
        return camera
    }

    // MARK: Pipelines

    private func create(_ message: LinkMessage) throws(LinkRefusal) {
        let camera = try chosen()
        let configuration = try LinkConfiguration(json: message.payload)
        let offered = camera.hub.offered
        guard !offered.isEmpty else {
            let why = camera.status().why
            throw LinkRefusal("device", "the camera does not run\(why.isEmpty ? "" : ": \(why)")")
        }
        for (index, stream) in configuration.streams.enumerated() {
            let isMade = LinkPipeline.networkStreams.contains(stream.name)
            // What a network would see can be shown without one.
            let isPossible = isMade ? configuration.network != nil || stream.name == .previewout : offered.contains(stream.name)
            guard isPossible else {
                throw LinkRefusal(
                    "streams.\(index)",
                    isMade
                        ? "'\(stream.name.rawValue)' needs a network: give ai.blob"
                        : "the device does not provide stream '\(stream.name.rawValue)'")
            }
        }
        for stream in configuration.previewInput.streams where configuration.seesPreview && !offered.contains(stream) {
            throw LinkRefusal("ai.camera_input", "the device does not provide '\(stream.rawValue)'")
        }
        var pending = Pending(configuration: configuration, number: message.header.number, missing: [])
        for digest in configuration.network?.stages ?? [] {
            if let file = cache.file(digest) { pending.files[digest] = file } else { pending.missing.append(digest) }
        }
        self.pending = pending
        guard pending.missing.isEmpty else { return answer(.want, message.header.number, ["blobs": pending.missing]) }
        try build()
    }

    private func receive(_ message: LinkMessage) throws(LinkRefusal) {
        let claimed = HexDigits.of(message.payload.prefix(Self.digestByteCount))
        let file = Array(message.payload.dropFirst(Self.digestByteCount))
        let digest = cache.keep(file, promised: promised)
        promised = 0
        guard var pending, let place = pending.missing.firstIndex(of: digest), digest == claimed else {
            throw LinkRefusal("blob", "the file does not match its hash, or the box did not request it")
        }
        pending.missing.remove(at: place)
        pending.files[digest] = file
        self.pending = pending
        if pending.missing.isEmpty { try build() }
    }

    /// Puts the pending pipeline in the place of the one before, whole or not at all.
    private func build() throws(LinkRefusal) {
        guard let pending, let camera else { return }
        self.pending = nil
        let configuration = pending.configuration
        let stages = try networks(of: pending)
        let results = configuration.network.map { LinkResults(stages, $0, configuration.generation) }
        pipeline?.stop()
        outbox.clearPackets()
        answer(.created, pending.number, description(of: configuration, stages, results))
        let outbox = self.outbox
        let flow = PacketFlow(
            onBreak: { reason in
                outbox.offer(LinkMessage(.gap, payload: LinkMessage.json(["reason": reason])))
            }, onReturn: newcomer(at: camera))
        pipeline = LinkPipeline(configuration, camera: camera, stages: stages, results: results, outbox: outbox, flow: flow)
    }

    /// Tells the client when packets come again and another camera is in the slot.
    private func newcomer(at camera: any CameraService) -> @Sendable () -> Void {
        let (outbox, news) = (self.outbox, CameraNews(camera, services, version))
        let known = Mutex(CameraIdentity.myriadX(of: camera))
        return {
            let identity = CameraIdentity.myriadX(of: camera)
            let isAnother = known.withLock { known in
                defer { known = identity }
                return known != identity
            }
            if isAnother { outbox.offer(news.message) }
        }
    }

    private func networks(of pending: Pending) throws(LinkRefusal) -> [Network] {
        var networks: [Network] = []
        for (index, digest) in (pending.configuration.network?.stages ?? []).enumerated() {
            let raw = Array(#"{"NN_config": {"output_format": "raw"}}"#.utf8)
            let description = index == 0 ? pending.configuration.network?.description ?? raw : raw
            do {
                networks.append(try services.network(pending.files[digest] ?? [], description: description))
            } catch {
                throw LinkRefusal(index == 0 ? "ai.blob" : "ai.blob2", "\(error)".withoutFolders)
            }
        }
        return networks
    }

    private func description(
        of configuration: LinkConfiguration, _ stages: [Network], _ results: LinkResults?
    ) -> [String: Any] {
        func tensors(_ lists: [[LinkTensor]]) -> [[[String: Any]]] {
            lists.map { list in list.map(\.object) }
        }
        let map = configuration.networkToDepth
        return [
            "streams": configuration.streams.map(\.name.rawValue), "inputs": tensors(results?.inputs ?? []),
            "outputs": tensors(results?.outputs ?? []),
            "nn_to_depth": ["off_x": map.offsetX, "off_y": map.offsetY, "max_w": map.width, "max_h": map.height],
        ]
    }

    // MARK: Commands

    private func command(_ message: LinkMessage) throws(LinkRefusal) {
        let camera = try chosen()
        guard let command = LinkCommand(message.payload) else {
            throw LinkRefusal("command", "must be 33 bytes: a command of 1, 2 or 3 and its data")
        }
        guard pipeline != nil else { return done(message) }
        switch command {
        case .still:
            camera.requestJPEG()
            done(message)
        case .focus(let wish): tell(camera, [.color], wish, message)
        }
    }

    private func threshold(_ message: LinkMessage) throws(LinkRefusal) {
        let camera = try chosen()
        guard message.payload.count == 1 else { throw LinkRefusal("threshold", "must be one byte") }
        guard pipeline != nil else { return done(message) }
        let value = Int(message.payload[0])
        let (outbox, number) = (self.outbox, message.header.number)
        Task {
            do {
                try await camera.replacePipeline(json: PipelineChange.disparityConfidence(value, in: camera.pipelineJSON()))
                outbox.offer(LinkMessage(.done, number: number))
            } catch {
                outbox.offer(.refused(number, LinkRefusal("threshold", "\(error)")))
            }
        }
    }

    private func control(_ message: LinkMessage) throws(LinkRefusal) {
        let camera = try chosen()
        let (lens, wish) = try CameraControlText(message.payload).wish()
        guard pipeline != nil else { return done(message) }
        tell(camera, [lens], wish, message)
    }

    private func tell(
        _ camera: any CameraService, _ lenses: [CameraInstance], _ wish: CameraControlRequest, _ message: LinkMessage
    ) {
        let outbox = self.outbox
        let number = message.header.number
        Task {
            for lens in lenses { _ = await camera.control(lens, wish) }
            if number != 0 { outbox.offer(LinkMessage(.done, number: number)) }
        }
    }

    private func done(_ message: LinkMessage) {
        if message.header.number != 0 { outbox.offer(LinkMessage(.done, number: message.header.number)) }
    }

    private func writeEEPROM(_ message: LinkMessage) throws(LinkRefusal) {
        let camera = try chosen()
        let isNews = try keep(message.payload, of: camera)
        let (outbox, number, news) = (self.outbox, message.header.number, CameraNews(camera, services, version))
        Task {
            if isNews { await news.rebuild(number, outbox) }
            outbox.offer(LinkMessage(.done, number: number))
            outbox.offer(news.message)
        }
    }

    /// Keeps what a client wrote.
    /// - Returns: whether it changes the calibration in force: a camera that has one of its own keeps that.
    private func keep(_ written: [UInt8], of camera: any CameraService) throws(LinkRefusal) -> Bool {
        let before = services.memory(of: camera.id)?.calibration
        let now = try BoardMemory(written: written)
        do {
            try services.write(eeprom: now == nil ? nil : written, of: camera.id)
        } catch {
            throw LinkRefusal("eeprom", "\(error)")
        }
        let inForce = camera.optics?.calibration
        return before != now?.calibration && (inForce == nil || inForce == before)
    }
}
