// SPDX-License-Identifier: Apache-2.0
import Core
import Hummingbird
import Pipeline

/// Everything the handlers share, and the way from names in a path to what they mean.
struct Rooms: Sendable {
    let box: any ApplianceService
    let live: LiveDesk
    let snapshots: SnapshotDesk
    let settings: HTTPSettings
    let desk = HubDesk()
    let sockets: SocketDesk

    let modelDoor: (any ModelDoor)?
    let supportDoor: (any SupportDoor)?

    /// Every route of the door; `openapi.json` describes exactly these.
    var routes: [Route] {
        switch settings.offer {
        case .everything: boxRoutes + supportRoutes + cameraRoutes + streamRoutes + modelRoutes + hubRoutes
        case .codeProject: explorerRoutes
        }
    }

    /// The camera named in the path.
    func camera(_ call: Call) throws -> any CameraService {
        let name = call.places["id"] ?? ""
        if let camera = box.camera(name) { return camera }
        let known = box.cameras.map(\.id.name).joined(separator: ", ")
        throw Refusal(
            status: .notFound, code: "unknown_camera",
            message: "there is no camera \"\(name.prefix(64))\"; "
                + (known.isEmpty ? "none is configured" : "there are: \(known)"),
            field: "id")
    }

    /// The stream named in the path, offered by the camera now. A camera that is being opened is given the benefit of the
    /// doubt: whoever comes early waits for the first packet.
    func offeredStream(_ call: Call, of camera: any CameraService) throws -> StreamName {
        let stream = try streamName(call)
        guard !camera.hub.offered.contains(stream) else { return stream }
        let status = camera.status()
        if [.found, .starting].contains(status.state) { return stream }
        guard status.state == .running else {
            throw Refusal.busy(
                "camera_not_running",
                "camera \(camera.id) is \(status.state.rawValue)"
                    + (status.why.isEmpty ? "" : ": \(status.why)"))
        }
        throw Refusal(
            status: .conflict, code: "stream_not_offered",
            message: "the pipeline of camera \(camera.id) does not make \(stream.rawValue); "
                + "add \"\(stream.rawValue)\" to its \"streams\" and PUT it to /api/v1/cameras/\(camera.id)/pipeline",
            field: "name")
    }

    private func streamName(_ call: Call) throws -> StreamName {
        let name = call.places["name"] ?? ""
        if let stream = StreamName(name: name) { return stream }
        let known = StreamName.allCases.map(\.rawValue).joined(separator: ", ")
        throw Refusal(
            status: .notFound, code: "unknown_stream",
            message: "there is no stream \"\(name.prefix(64))\"; there are: \(known)", field: "name")
    }
}

extension Call {
    /// A whole number of the query.
    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = parameter(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            let expected = range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            throw Refusal.badParameter(name, text, expected: "a whole number, \(expected)")
        }
        return value
    }

    /// A number of the query.
    func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let text = parameter(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw Refusal.badParameter(name, text, expected: "a number, \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
