// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline

/// The result streams of the box: their numbers on the wire, their hubs and their descriptions.
///
/// A stream keeps its number for the life of the server, also while its camera is away.
struct StreamDirectory {
    /// The streams that carry results, which is what a receiver gets that names no stream.
    static let results: [StreamName] = [.objectTracker, .metaout]
    /// Streams that only some cameras have, and that only receivers get that name them.
    static let extras: [StreamName] = [.imu]

    struct Entry {
        let id: UInt16
        let name: String
        let stream: StreamName
        /// nil while the camera is away.
        var hub: StreamHub?
        var description: StreamDescription {
            didSet { if description != oldValue { bodies = [:] } }
        }
        /// Whether the stream comes as JSON whatever a receiver asks for.
        var isAlwaysJSON: Bool { StreamDirectory.extras.contains(stream) }
        /// DESCRIBE bodies by the size of datagram they were made for.
        private var bodies: [Int: (body: [UInt8], schema: UInt32)] = [:]

        init(id: UInt16, stream: StreamName, description: StreamDescription, hub: StreamHub) {
            self.id = id
            self.stream = stream
            self.description = description
            self.hub = hub
            name = description.name
        }

        mutating func body(limit: Int) -> (body: [UInt8], schema: UInt32) {
            if let made = bodies[limit] { return made }
            if bodies.count >= 2 * LeaseLimits.subscriptions { bodies = [:] }
            let body = description.body(limit: limit)
            let made = (body, StreamDescription.schema(of: body))
            bodies[limit] = made
            return made
        }
    }

    private(set) var entries: [UInt16: Entry] = [:]
    private var ids: [String: UInt16] = [:]

    subscript(name: String) -> Entry? { ids[name].flatMap { entries[$0] } }

    /// The streams that exist now, by number, and those of cameras that are away: what they will offer shows when they are
    /// back, and whoever waits for them must not miss it.
    var offered: [Entry] {
        entries.values.filter { entry in
            guard let hub = entry.hub, Self.results.contains(entry.stream) else { return false }
            return entry.description.state != StreamDescription.running || hub.offered.contains(entry.stream)
        }.sorted { $0.id < $1.id }
    }

    /// The streams of the cameras that are there now, offered or not.
    var present: [Entry] { entries.values.filter { $0.hub != nil }.sorted { $0.id < $1.id } }

    mutating func body(_ id: UInt16, limit: Int) -> (body: [UInt8], schema: UInt32)? {
        entries[id]?.body(limit: limit)
    }

    /// Reads the cameras of the box again.
    /// - Parameter describing: also ask every camera for its network; otherwise only cameras that are new here.
    mutating func refresh(_ appliance: any ApplianceService, describing: Bool) {
        let cameras = appliance.cameras
        let names = Set(cameras.map(\.id.name))
        for id in entries.keys where !names.contains(entries[id]?.description.camera ?? "") { entries[id]?.hub = nil }
        for camera in cameras {
            let extras = StreamDirectory.extras.filter {
                camera.hub.offered.contains($0) || self["\(camera.id.name)/\($0.rawValue)"] != nil
            }
            let streams = StreamDirectory.results + extras
            let isKnown = streams.allSatisfy { self["\(camera.id.name)/\($0.rawValue)"]?.hub === camera.hub }
            guard describing || !isKnown else { continue }
            let status = camera.status()
            for stream in streams { update(camera, stream, status) }
        }
    }

    private mutating func update(_ camera: any CameraService, _ stream: StreamName, _ status: CameraStatus) {
        var description = StreamDescription(
            camera: camera.id.name, stream: stream.rawValue, model: status.network?.model ?? "",
            labels: status.network?.labels ?? [])
        if status.state != .running { (description.state, description.why) = (status.state.rawValue, status.why) }
        if let content = camera.hub.latest(stream).flatMap({ ResultContent($0) }) { description.take(content) }
        if let id = ids[description.name] {
            entries[id]?.hub = camera.hub
            entries[id]?.description = description
        } else if let id = UInt16(exactly: entries.count + 1) {
            ids[description.name] = id
            entries[id] = Entry(id: id, stream: stream, description: description, hub: camera.hub)
        }
    }

    /// Writes into the descriptions of a camera's streams that nothing comes for now.
    mutating func note(_ gap: StreamGap) {
        for id in entries.keys where entries[id]?.description.camera == gap.camera {
            entries[id]?.description.state = gap.state.rawValue
            entries[id]?.description.why = gap.why
        }
    }

    /// Something comes on a stream again.
    mutating func noteRunning(_ id: UInt16) {
        entries[id]?.description.state = StreamDescription.running
        entries[id]?.description.why = ""
    }

    /// Looks whether a result still is what its description says; asks the camera again when it is not.
    mutating func note(_ content: ResultContent, on id: UInt16, appliance: any ApplianceService) {
        guard let entry = entries[id] else { return }
        var description = entry.description
        description.take(content)
        guard description != entry.description else { return }
        description.model = appliance.camera(description.camera)?.status().network?.model ?? description.model
        entries[id]?.description = description
    }
}

extension StreamDescription {
    /// What a result itself tells.
    fileprivate mutating func take(_ content: ResultContent) {
        (state, why) = (StreamDescription.running, "")
        width = content.origin.frame.width
        height = content.origin.frame.height
        if !content.labels.isEmpty, content.labels != labels {
            labels = content.labels
            labelCount = labels.count
        }
    }
}
