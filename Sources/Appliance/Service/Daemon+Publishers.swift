// SPDX-License-Identifier: Apache-2.0
import Pipeline
import Publish

/// A publisher, or the place of one that the settings do not enable.
struct PublisherPlace: Sendable {
    let kind: PublisherKind
    let server: ReplaceableServer<ApplianceSettings>
    let probe: LoopProbe
}

extension Daemon {
    /// A place for each kind of publisher.
    func publishers(_ appliance: ApplianceController, onOpen: @escaping @Sendable () -> Void) -> [PublisherPlace] {
        let registry = PublisherRegistry(logger: logger)
        appliance.setPublishers { registry.statuses }
        return PublisherKind.all.map { kind in
            let loop = LoopSwitch()
            return PublisherPlace(
                kind: kind, server: publisher(kind, registry, loop, appliance, onOpen: onOpen),
                probe: LoopProbe(kind.section) { loop.errand($0) })
        }
    }

    private func publisher(
        _ kind: PublisherKind, _ registry: PublisherRegistry, _ loop: LoopSwitch, _ appliance: ApplianceController,
        onOpen: @escaping @Sendable () -> Void
    ) -> ReplaceableServer<ApplianceSettings> {
        let logger = self.logger
        return ReplaceableServer(settings, onOpen: onOpen) { settings, _ in
            guard let publisher = kind.make(settings, appliance, logger) else {
                appliance.opened(kind.section, port: nil)
                return nil
            }
            // One that fails from here on is run again by the registry.
            let status = try await registry.start(publisher)
            appliance.opened(kind.section, port: status.port)
            loop.set { publisher.errand($0) }
            return {
                await registry.stop(kind.section)
                loop.set(nil)
            }
        }
    }
}
