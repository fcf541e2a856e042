// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Foundation

/// The cameras' EEPROMs, as files of the box: what scripts wrote, word for word.
struct EEPROMFolder: Sendable {
    private let state: StateDirectory

    private static let longestBytes = 64 << 10

    init(_ state: StateDirectory) { self.state = state }

    /// What was written for a camera; nil while nothing was, or where the file was damaged since.
    func memory(of camera: CameraID) -> BoardMemory? {
        guard let bytes = try? BoundedFile.read(path(of: camera), maximum: Self.longestBytes, what: "EEPROM") else { return nil }
        return try? BoardMemory(written: bytes)
    }

    /// Keeps what was written; nil forgets it.
    func write(_ bytes: [UInt8]?, of camera: CameraID) throws {
        guard let bytes else {
            if FileManager.default.fileExists(atPath: path(of: camera)) {
                try FileManager.default.removeItem(atPath: path(of: camera))
            }
            return
        }
        try state.make()
        try FileManager.default.createDirectory(atPath: state.file("eeprom"), withIntermediateDirectories: true)
        try AtomicFile.write(bytes, to: path(of: camera))
    }

    private func path(of camera: CameraID) -> String { state.file("eeprom/\(camera.name).json") }
}
