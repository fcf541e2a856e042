// SPDX-License-Identifier: Apache-2.0
import Capture

/// Looks on the network for the camera that the settings mean.
struct CameraSearch {
    let finder = DeviceFinder()
    private let device: OAKSettings.Device

    init(_ device: OAKSettings.Device) { self.device = device }

    /// The camera that is meant, as it is now.
    func look() throws(CaptureError) -> FoundCamera {
        guard let camera = try seen().first else {
            switch device {
            case .any: throw .lost("no OAK camera on the network answers; name its address in oak.device if it is on another one")
            case .id(let id): throw .lost("camera \(id) does not answer on the network; check its cable and power")
            case .address(let address):
                throw .lost("no OAK camera answers at \(address) (UDP port 11491); check its address, cable and power")
            }
        }
        return camera
    }

    /// All that may be meant.
    func seen() throws(CaptureError) -> [FoundCamera] {
        try lost { () throws(DiscoveryError) in
            switch device {
            case .address(let address): try finder.find(address: address)
            case .any: try finder.find()
            case .id(let id): try finder.find().filter { $0.answer.mxid == id }
            }
        }
    }
}

/// What goes wrong on the way to a camera, in words for the owner; the camera is tried again.
func lost<Result, Failure: Error & CustomStringConvertible>(
    _ body: () throws(Failure) -> Result
) throws(CaptureError) -> Result {
    do { return try body() } catch { throw .lost("\(error)") }
}
