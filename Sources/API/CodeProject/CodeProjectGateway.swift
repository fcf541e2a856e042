// SPDX-License-Identifier: Apache-2.0
import Foundation
import Pipeline

/// Hands each request below `/v1/` to the parts that are in force when it arrives: a reload may have replaced them.
struct CodeProjectGateway: Sendable {
    private let appliance: any ApplianceService
    private let parts: @Sendable () -> CodeProjectParts?
    private let looks = CameraSnapshotService()
    private let started = Date()

    init(appliance: any ApplianceService, parts: @escaping @Sendable () -> CodeProjectParts?) {
        (self.appliance, self.parts) = (appliance, parts)
    }

    /// nil while there is nothing below `/v1/`.
    var routes: CodeProjectRoutes? {
        parts().map { CodeProjectRoutes(parts: $0, appliance: appliance, looks: looks, started: started) }
    }
}
