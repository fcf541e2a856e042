// SPDX-License-Identifier: Apache-2.0
import Core

/// What the servers may see of the whole box.
public protocol ApplianceService: Sendable {
    /// The slots, in the order of the settings.
    var cameras: [any CameraService] { get }
    func status() -> ApplianceStatus
    /// The owner has read the greeting: it is shown no more.
    func dismissWelcome()
}

extension ApplianceService {
    /// A box that greets nobody.
    public func dismissWelcome() {}
    /// The slot with that name.
    public func camera(_ name: some StringProtocol) -> (any CameraService)? {
        cameras.first { $0.id.name == name }
    }
}
