// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Inference

/// What scripts that `import depthai` need of depthd: networks of their files, and an EEPROM that is a file.
struct ApplianceLinkServices: LinkServices {
    /// By the settings in force.
    let models: @Sendable () -> ModelLoader
    let eeproms: EEPROMFolder

    func network(_ model: [UInt8], description: [UInt8]) throws -> Network {
        try models().network(link: model, description)
    }

    func memory(of camera: CameraID) -> BoardMemory? { eeproms.memory(of: camera) }

    func write(eeprom: [UInt8]?, of camera: CameraID) throws { try eeproms.write(eeprom, of: camera) }
}
