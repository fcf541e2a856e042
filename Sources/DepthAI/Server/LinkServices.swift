// SPDX-License-Identifier: Apache-2.0
package import Core
package import Inference

/// What the server needs of the appliance behind it.
package protocol LinkServices: Sendable {
    /// Makes a network of a file.
    /// - Parameter description: how its outputs are read, in the words of gen1's blob configuration (JSON).
    /// - Throws: an error in words for the client.
    func network(_ model: [UInt8], description: [UInt8]) throws -> Network
    /// The EEPROM a client wrote for a camera; nil while nobody has.
    func memory(of camera: CameraID) -> BoardMemory?
    /// Keeps a camera's EEPROM, as a client wrote it; nil clears it.
    /// - Throws: an error in words for the client.
    func write(eeprom: [UInt8]?, of camera: CameraID) throws
}
