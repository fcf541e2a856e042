// SPDX-License-Identifier: Apache-2.0
import Core
import HTTPTypes
import Pipeline

/// A camera as the hub's clients know it.
struct HubCamera {
    let service: any CameraService
    let networks: any NetworkDeployment
    let status: CameraStatus

    /// nil for a camera that is not there, or takes no networks.
    init?(_ service: any CameraService) {
        let status = service.status()
        guard let networks = service.networks, [.found, .starting, .running, .finished].contains(status.state) else { return nil }
        (self.service, self.networks, self.status) = (service, networks, status)
    }

    /// Camera names have no capitals, so no two cameras share an id. The hub's ids have at least one capital or digit.
    static func id(of service: any CameraService) -> String {
        let name = service.id.name.uppercased()
        return name.contains { $0.isLetter || $0.isNumber } ? name : "X" + name
    }

    var id: String { Self.id(of: service) }

    /// The streams there are now, active or not.
    var streams: [HubStream] {
        let offered = service.hub.offered
        return HubStream.allCases.filter { offered.contains($0.tap.stream) }
    }

    var isOpen: Bool { HubStream.allCases.contains { networks.isActive($0.tap) } }

    func isActive(_ stream: HubStream) -> Bool { networks.isActive(stream.tap) }

    /// Pixels of a stream's full picture.
    func size(of stream: HubStream) -> (width: Int, height: Int)? {
        let lens: CameraInstance =
            switch stream {
            case .color: .color
            case .left: .left
            case .right, .depth: .right
            }
        let sides = status.lenses[lens.gen1Name]?.split(separator: "x").compactMap { Int($0) } ?? []
        return sides.count == 2 ? (sides[0], sides[1]) : nil
    }

    /// Exposures per second the camera gives now; 0 while it is not known. The stage counts each lens's picture.
    var framesPerSecond: Double {
        guard let stage = status.stages.first(where: { $0.name == "capture" }), !status.lenses.isEmpty else { return 0 }
        return (stage.figures.framesPerSecond / Double(status.lenses.count)).rounded()
    }
}

extension RouteContext {
    /// The cameras that are there.
    var hubCameras: [HubCamera] { appliance.cameras.compactMap { HubCamera($0) } }

    /// The camera named in the path.
    /// - Throws: 422 for a name that cannot be one, 404 for a camera that is not there.
    func hubCamera(_ request: RouteRequest) throws -> HubCamera { try hubCamera(request.parameters) }

    private func hubCamera(_ parameters: [String: String]) throws -> HubCamera {
        let id = parameters["mxid"] ?? ""
        guard HubName.isCamera(id) else {
            throw HubProblem.unprocessable(.pattern("path", "mxid", HubName.cameraPattern, input: id))
        }
        guard let camera = appliance.cameras.first(where: { HubCamera.id(of: $0) == id }).flatMap({ HubCamera($0) }) else {
            throw HubProblem.unknown
        }
        return camera
    }

    /// The stream named in the path, of a camera that has it.
    func hubStream(_ request: RouteRequest) throws -> (camera: HubCamera, stream: HubStream) { try hubStream(request.parameters) }

    private func hubStream(_ parameters: [String: String]) throws -> (camera: HubCamera, stream: HubStream) {
        let name = parameters["stream_name"] ?? ""
        let id = parameters["mxid"] ?? ""
        var problems: [HubProblem.Field] = []
        if !HubName.isCamera(id) { problems.append(.pattern("path", "mxid", HubName.cameraPattern, input: id)) }
        if !HubName.isStream(name) { problems.append(.pattern("path", "stream_name", HubName.streamPattern, input: name)) }
        guard problems.isEmpty else { throw HubProblem(status: .unprocessableContent, detail: .fields(problems)) }
        let camera = try hubCamera(parameters)
        guard let stream = HubStream(rawValue: name), camera.streams.contains(stream) else { throw HubProblem.unknown }
        return (camera, stream)
    }

    /// The stream named in the path when it is active: one that is not has no picture, no controls and no network.
    func activeHubStream(_ request: RouteRequest) throws -> (camera: HubCamera, stream: HubStream) {
        try activeHubStream(request.parameters)
    }

    /// The same for those who have no request but the places of its path.
    func activeHubStream(_ parameters: [String: String]) throws -> (camera: HubCamera, stream: HubStream) {
        let found = try hubStream(parameters)
        guard found.camera.isActive(found.stream) else { throw HubProblem.unknown }
        return found
    }
}

/// What names may look like. The original searches for its patterns anywhere in the name, and so must we.
enum HubName {
    static let cameraPattern = "[A-Z0-9]+"
    static let streamPattern = "CAM_[A-H]|DEPTH_[A-H]_[A-H]"

    static func isCamera(_ name: String) -> Bool {
        name.utf8.contains {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
    }

    static func isStream(_ name: String) -> Bool {
        name.firstMatch(of: #/CAM_[A-H]|DEPTH_[A-H]_[A-H]/#) != nil
    }
}
