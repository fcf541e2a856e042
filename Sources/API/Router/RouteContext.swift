// SPDX-License-Identifier: Apache-2.0
import Core
import Hummingbird
import Pipeline

/// Everything the handlers share, and the way from names in a path to what they mean.
struct RouteContext: Sendable {
    let appliance: any ApplianceService
    let broadcasts: BroadcastRegistry
    let snapshots: SnapshotService
    let settings: HTTPServerSettings
    let hubState = HubState()

    let modelService: (any ModelService)?
    let firmwareService: (any FirmwareService)?
    let firmwareTurn = Turn()
    let supportService: (any SupportService)?

    /// Every route of the server; `openapi.json` describes exactly these.
    var routes: [Route] {
        switch settings.offer {
        case .everything: boxRoutes + supportRoutes + cameraRoutes + streamRoutes + modelRoutes + firmwareRoutes + hubRoutes
        case .codeProject: explorerRoutes
        }
    }

    /// The camera named in the path.
    func camera(_ request: RouteRequest) throws -> any CameraService {
        let name = request.parameters["id"] ?? ""
        if let camera = appliance.camera(name) { return camera }
        let known = appliance.cameras.map(\.id.name).joined(separator: ", ")
        throw HTTPError(
            status: .notFound, code: "unknown_camera",
            message: "there is no camera \"\(name.prefix(64))\"; "
                + (known.isEmpty ? "none is configured" : "there are: \(known)"),
            field: "id")
    }

    /// The stream named in the path, offered by the camera now. A camera that is being opened is given the benefit of the
    /// doubt: whoever comes early waits for the first packet.
    func offeredStream(_ request: RouteRequest, of camera: any CameraService) throws -> StreamName {
        let stream = try streamName(request)
        guard !camera.hub.offered.contains(stream) else { return stream }
        let status = camera.status()
        if [.found, .starting].contains(status.state) { return stream }
        guard status.state == .running else {
            throw HTTPError.busy(
                "camera_not_running",
                "camera \(camera.id) is \(status.state.rawValue)"
                    + (status.why.isEmpty ? "" : ": \(status.why)"))
        }
        throw HTTPError(
            status: .conflict, code: "stream_not_offered",
            message: "the pipeline of camera \(camera.id) does not make \(stream.rawValue); "
                + "add \"\(stream.rawValue)\" to its \"streams\" and PUT it to /api/v1/cameras/\(camera.id)/pipeline",
            field: "name")
    }

    private func streamName(_ request: RouteRequest) throws -> StreamName {
        let name = request.parameters["name"] ?? ""
        if let stream = StreamName(name: name) { return stream }
        let known = StreamName.allCases.map(\.rawValue).joined(separator: ", ")
        throw HTTPError(
            status: .notFound, code: "unknown_stream",
            message: "there is no stream \"\(name.prefix(64))\"; there are: \(known)", field: "name")
    }
}
