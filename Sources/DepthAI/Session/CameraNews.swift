// SPDX-License-Identifier: Apache-2.0
import Pipeline

/// What a client is told when something about its camera changes.
struct CameraNews: Sendable {
    private let camera: any CameraService
    private let house: any LinkHouse
    private let version: String

    init(_ camera: any CameraService, _ house: any LinkHouse, _ version: String) {
        (self.camera, self.house, self.version) = (camera, house, version)
    }

    /// DEVICE, as the camera is now.
    var message: LinkMessage {
        let report = CameraReport(camera, memory: house.memory(of: camera.id), version: version)
        var device = report.configuration
        device["geometry"] = report.geometry
        return LinkMessage(.device, payload: LinkMessage.json(device))
    }

    /// Lets the camera's graph find what was written into its EEPROM; what keeps it from that is said.
    func rebuild(_ number: UInt32, _ outbox: LinkOutbox) async {
        do {
            try await camera.renewGeometry()
        } catch {
            outbox.offer(.refused(number, LinkRefusal("eeprom", "it is kept, but makes no pipeline: \(error)")))
        }
    }
}
