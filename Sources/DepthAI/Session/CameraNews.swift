// SPDX-License-Identifier: Apache-2.0
import Pipeline

/// What a client is told when something about its camera changes.
struct CameraNews: Sendable {
    private let camera: any CameraService
    private let services: any LinkServices
    private let version: String

    init(_ camera: any CameraService, _ services: any LinkServices, _ version: String) {
        (self.camera, self.services, self.version) = (camera, services, version)
    }

    /// DEVICE, as the camera is now.
    var message: LinkMessage {
        let report = CameraReport(camera, memory: services.memory(of: camera.id), version: version)
        var device = report.configuration
        device["geometry"] = report.geometry
        return LinkMessage(.device, payload: LinkMessage.json(device))
    }

    /// Lets the camera's graph find what was written into its EEPROM; what keeps it from that is said.
    func rebuild(_ number: UInt32, _ outbox: LinkOutbox) async {
        do {
            try await camera.renewGeometry()
        } catch {
            outbox.offer(.refused(number, LinkRefusal("eeprom", "it is stored, but gives no valid pipeline: \(error)")))
        }
    }
}
