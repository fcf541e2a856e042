// SPDX-License-Identifier: Apache-2.0
import API
import DepthAI
import Foundation
import Logging

extension Daemon {
    /// The server for scripts that `import depthai`.
    func linkServer(_ appliance: ApplianceController, _ storage: StateStorage) -> ReplaceableServer<LinkServerSettings> {
        let logger = self.logger
        let services = ApplianceLinkServices(
            models: { ModelLoader(appliance.settings) }, eeproms: EEPROMFolder(storage))
        // Port 0 of the dashboard means a daemon beside another one: nothing of it has a fixed place.
        let isBeside = settings.http.port == 0
        return ReplaceableServer(settings.depthAI) { settings, _ in
            guard settings.enabled else {
                appliance.opened("depthai", port: nil)
                return nil
            }
            let place = Self.place(settings, isBeside: isBeside)
            let server = try LinkServer(
                place, appliance: appliance, services: services, version: Version.current, logger: logger)
            appliance.opened("depthai", port: server.port)
            if let port = server.port { logger.notice("depthai scripts find the box", metadata: ["port": "\(port)"]) }
            return { await BlockingThread.run("depthai close") { server.close() } }
        }
    }

    /// Where it listens on this machine.
    private static func place(_ settings: LinkServerSettings, isBeside: Bool) -> LinkServerSettings {
        var place = settings
        if isBeside {
            place.port = place.port.map { _ in 0 }
            if place.socket == "auto" { place.socket = nil }
        }
        place.socket = LinkSocketPath.path(
            place.socket, environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
        return place
    }
}
