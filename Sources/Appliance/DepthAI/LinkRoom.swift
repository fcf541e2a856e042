// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Foundation
import Inference

/// What scripts that `import depthai` need of the house: networks of their files, and an EEPROM that is a file.
struct LinkRoom: LinkHouse {
    let models: ModelLoader
    let state: StateDirectory

    private static let longestEEPROM = 64 << 10

    func network(_ model: [UInt8], description: [UInt8]) throws -> Network {
        try models.network(link: model, description)
    }

    func eeprom(of camera: CameraID) -> [UInt8]? {
        try? FileBytes.read(path(of: camera), maximum: Self.longestEEPROM, what: "EEPROM")
    }

    func write(eeprom: [UInt8], of camera: CameraID) throws {
        try state.make()
        try FileManager.default.createDirectory(atPath: state.file("eeprom"), withIntermediateDirectories: true)
        try WholeFile.write(eeprom, to: path(of: camera))
    }

    private func path(of camera: CameraID) -> String { state.file("eeprom/\(camera.name).json") }
}
