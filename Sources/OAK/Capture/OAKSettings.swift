// SPDX-License-Identifier: Apache-2.0
import USB

/// Which OAK camera, and what it is to deliver.
public struct OAKSettings: Sendable, Hashable {
    /// How a camera is named.
    public enum Device: Sendable, Hashable {
        /// The first on USB, else the first that answers a broadcast.
        case any
        /// The first on USB.
        case usb
        /// The one in that USB socket, as ports are named elsewhere: `1-1.2`, or a controller, a colon and `1.2`.
        case socket(String)
        /// Its number, 18 hexadecimal digits.
        case id(String)
        /// Its address in the network: four numbers.
        case address(String)

        /// As settings write it: `any`, `usb`, `usb:` and a socket, a number or an address.
        public init?(_ text: String) {
            let isNumber = text.utf8.count == 18 && text.allSatisfy(\.isHexDigit)
            if text == "any" {
                self = .any
            } else if text == "usb" {
                self = .usb
            } else if text.hasPrefix(Self.socketPrefix) {
                let socket = String(text.dropFirst(Self.socketPrefix.count))
                guard (try? DeviceSelector("port:\(socket)")) != nil else { return nil }
                self = .socket(socket)
            } else if isNumber {
                self = .id(text.uppercased())
            } else if IPv4.address(text) != nil {
                self = .address(text)
            } else {
                return nil
            }
        }

        private static let socketPrefix = "usb:"
    }

    /// Picture sizes of the mono cameras. The wide-angle and Lite boards' sensors have their own subset; the camera is asked.
    public enum MonoResolution: String, Sendable, Hashable, CaseIterable {
        case p400 = "640x400"
        case p480 = "640x480"
        case p720 = "1280x720"
        case p800 = "1280x800"

        public var width: Int { self == .p400 || self == .p480 ? 640 : 1280 }

        public var height: Int {
            switch self {
            case .p400: 400
            case .p480: 480
            case .p720: 720
            case .p800: 800
            }
        }
    }

    public var device: Device
    public var mono: MonoResolution
    /// Size of the colour pictures in pixels; 0 by 0 for none.
    public var colorWidth: Int
    public var colorHeight: Int
    public var framesPerSecond: Double
    /// Brightness of the dot projector and of the flood light, 0...1; boards without them are told nothing.
    public var projector: Double
    public var flood: Double
    /// Readings of the motion sensor a second, 1...500; 0 for none.
    public var motionRate = 0
    /// Whether the camera is booted for USB 2, which bad cables and hubs can do.
    public var usb2 = false
    /// Frame buffers of each lens: how many frames the readers may keep at once.
    public var buffers = 12

    public init(
        device: Device = .any, mono: MonoResolution = .p400, colorWidth: Int = 640, colorHeight: Int = 360,
        framesPerSecond: Double = 30, projector: Double = 0, flood: Double = 0
    ) {
        (self.device, self.mono, self.framesPerSecond) = (device, mono, framesPerSecond)
        (self.colorWidth, self.colorHeight) = (colorWidth, colorHeight)
        (self.projector, self.flood) = (projector, flood)
    }

    /// Whether colour pictures are wanted.
    var hasColor: Bool { colorWidth > 0 }
}
