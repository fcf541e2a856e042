// SPDX-License-Identifier: Apache-2.0

/// Whether a device did as it was told, and if not why.
public struct DeviceVerdict: Sendable, Hashable {
    public let isGood: Bool
    /// The device's own words; empty when all is well.
    public let text: String

    init(_ value: MessagePackValue) throws(XLinkDecodingError) {
        guard let parts = value.list, parts.count >= 2, let isGood = parts[0].bool, let text = parts[1].text else {
            throw .missing(field: "verdict")
        }
        self.isGood = isGood
        self.text = text
    }
}

/// What a device remembers of its making, with its calibration.
public struct DeviceEEPROM: Sendable, Hashable {
    /// Not good where the EEPROM is blank.
    public let verdict: DeviceVerdict
    /// The EEPROM in the form of the vendor's JSON files; empty where it is blank.
    public let content: MessagePackValue

    init(_ value: MessagePackValue) throws(XLinkDecodingError) {
        verdict = try DeviceVerdict(value)
        content = value.list.flatMap { $0.count > 2 ? $0[2] : nil } ?? nil
    }

    public var productName: String? { content["productName"]?.text }
    public var boardName: String? { content["boardName"]?.text }

    /// The bytes of the JSON file, for `CalibrationFile.read`.
    public var json: [UInt8] { Array(content.json.utf8) }
}

/// Which camera sits at a socket, and what it can do. Whatever a device leaves out is nil or empty.
public struct DeviceCameraFeatures: Sendable, Hashable {
    public enum Kind: Int, Sendable {
        case color = 0
        case mono = 1
        case timeOfFlight = 2
        case thermal = 3
    }

    /// A form of images that the sensor gives.
    public struct Configuration: Sendable, Hashable {
        public let width: Int
        public let height: Int
        public let minimumFrameRate: Double?
        public let maximumFrameRate: Double?
        public let kind: Kind?
    }

    /// 0 is CAM_A (usually colour), 1 CAM_B (left), 2 CAM_C (right), and so on.
    public let socket: Int
    /// Such as OV9282.
    public let sensorName: String
    public let width: Int
    public let height: Int
    public let kinds: [Kind]
    public let hasAutofocus: Bool
    /// Such as "left".
    public let name: String
    public let configurations: [Configuration]

    /// Nil without a socket.
    package init?(_ value: MessagePackValue) {
        guard let socket = value["socket"]?.integer else { return nil }
        self.socket = socket
        sensorName = value["sensorName"]?.text ?? ""
        width = value["width"]?.integer ?? 0
        height = value["height"]?.integer ?? 0
        kinds = (value["supportedTypes"]?.list ?? []).compactMap { $0.integer.flatMap(Kind.init) }
        hasAutofocus = value["hasAutofocus"]?.bool ?? false
        name = value["name"]?.text ?? ""
        configurations = (value["configs"]?.list ?? []).compactMap(Configuration.init)
    }
}

extension DeviceCameraFeatures.Configuration {
    fileprivate init?(_ value: MessagePackValue) {
        guard let width = value["width"]?.integer, let height = value["height"]?.integer else { return nil }
        self.width = width
        self.height = height
        minimumFrameRate = value["minFps"]?.number
        maximumFrameRate = value["maxFps"]?.number
        kind = value["type"]?.integer.flatMap(DeviceCameraFeatures.Kind.init)
    }
}

/// Two cameras that make a stereo pair.
public struct DeviceStereoPair: Sendable, Hashable {
    /// Sockets.
    public let left: Int
    public let right: Int
    public let baselineCentimetres: Double
    public let isVertical: Bool

    init?(_ value: MessagePackValue) {
        guard let left = value["left"]?.integer, let right = value["right"]?.integer else { return nil }
        self.left = left
        self.right = right
        baselineCentimetres = value["baseline"]?.number ?? 0
        isVertical = value["isVertical"]?.bool ?? false
    }
}

/// What drives an infrared light.
public struct DeviceIRDriver: Sendable, Hashable {
    public let name: String
    public let bus: Int
    public let address: Int

    init?(_ value: MessagePackValue) {
        guard let parts = value.list, parts.count >= 3, let name = parts[0].text, let bus = parts[1].integer,
            let address = parts[2].integer
        else { return nil }
        self.name = name
        self.bus = bus
        self.address = address
    }
}

/// How fast the bus is that a device is on.
public enum DeviceUSBSpeed: Int, Sendable, Comparable {
    /// Also devices on the network.
    case unknown = 0
    case low = 1
    case full = 2
    /// USB 2.
    case high = 3
    /// USB 3.
    case `super` = 4
    case superPlus = 5

    public static func < (left: DeviceUSBSpeed, right: DeviceUSBSpeed) -> Bool { left.rawValue < right.rawValue }
}

// MARK: - What messages have, too

extension MessagePackValue {
    /// A number of a map.
    fileprivate func float(_ key: String) throws(XLinkDecodingError) -> Float {
        guard let number = self[key]?.number else { throw .missing(field: key) }
        return Float(number)
    }

    /// A whole number of a map.
    fileprivate func whole(_ key: String) throws(XLinkDecodingError) -> Int64 {
        guard let number = self[key]?.integer else { throw .missing(field: key) }
        return Int64(number)
    }
}

extension DeviceMemory {
    init(_ value: MessagePackValue) throws(XLinkDecodingError) {
        self.init(remaining: try value.whole("remaining"), used: try value.whole("used"), total: try value.whole("total"))
    }
}

extension DeviceLoad {
    init(_ value: MessagePackValue) throws(XLinkDecodingError) {
        self.init(average: try value.float("average"), milliseconds: Int32(clamping: try value.whole("msTime")))
    }
}

extension DeviceTemperatures {
    init(_ value: MessagePackValue) throws(XLinkDecodingError) {
        self.init(
            css: try value.float("css"), mss: try value.float("mss"), upa: try value.float("upa"), dss: try value.float("dss"),
            average: try value.float("average"))
    }
}
