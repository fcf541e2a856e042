// SPDX-License-Identifier: Apache-2.0

// The calls that depthd makes. Those that write a device's EEPROM are left out on purpose.

extension DeviceCall where Answer == Void {
    private static func command(_ name: String, _ arguments: [MessagePackValue] = [], limit: Duration = .seconds(2)) -> DeviceCall
    {
        DeviceCall(name, arguments, limit: limit) { _ in }
    }

    /// Lines below the level stay on the device.
    public static func setLogLevel(_ level: DeviceLogLine.Level) -> DeviceCall {
        command("setLogLevel", [.integer(Int(level.rawValue))])
    }

    /// How often the device logs how it is doing.
    public static func setSystemInformationLoggingRate(hertz: Double) -> DeviceCall {
        command("setSystemInformationLoggingRate", [.float(hertz)])
    }

    /// Starts the synchronisation of clocks; the device then asks on `__timesync`.
    public static func setTimesync(everyMilliseconds: Int = 5000, samples: Int = 10, random: Bool = true) -> DeviceCall {
        command("setTimesync", [.integer(everyMilliseconds), .integer(samples), .bool(random)])
    }

    public static func setPipelineSchema(_ schema: MessagePackValue) -> DeviceCall { command("setPipelineSchema", [schema]) }

    /// - Parameter assets: the map of assets, as the graph gives it.
    public static func setAssets(_ assets: MessagePackValue) -> DeviceCall { command("setAssets", [assets]) }

    /// Answered when so many bytes have arrived on the stream: write them while this waits.
    public static func readAssetStorage(stream: String = "__stream_asset_storage", bytes: Int) -> DeviceCall {
        command("readAssetStorageFromXLink", [.text(stream), .integer(bytes)], limit: .seconds(60))
    }

    public static var startPipeline: DeviceCall { command("startPipeline") }

    public static func setXLinkChunkSize(bytes: Int) -> DeviceCall { command("setXLinkChunkSize", [.integer(bytes)]) }

    public static func setXLinkRateLimit(bytesPerSecond: Int, burstBytes: Int, waitMicroseconds: Int) -> DeviceCall {
        command("setXLinkRateLimit", [.integer(bytesPerSecond), .integer(burstBytes), .integer(waitMicroseconds)])
    }
}

extension DeviceCall where Answer == Bool {
    private static func question(_ name: String, _ arguments: [MessagePackValue] = []) -> DeviceCall {
        DeviceCall(name, arguments) { value throws(XLinkDecodingError) in
            guard let answer = value.bool else { throw .missing(field: "answer") }
            return answer
        }
    }

    public static var isPipelineRunning: DeviceCall { question("isPipelineRunning") }
    public static var isRunning: DeviceCall { question("isRunning") }
    public static var hasCrashDump: DeviceCall { question("hasCrashDump") }
    public static var isEEPROMAvailable: DeviceCall { question("isEepromAvailable") }

    /// False when there is no projector.
    /// - Parameter brightness: 0...1.
    public static func setDotProjector(brightness: Double) -> DeviceCall {
        question("setIrLaserDotProjectorBrightness", [.float(brightness), -1, true])
    }

    /// False when there is no floodlight.
    /// - Parameter brightness: 0...1.
    public static func setFloodlight(brightness: Double) -> DeviceCall {
        question("setIrFloodLightBrightness", [.float(brightness), -1, true])
    }
}

extension DeviceCall where Answer == String {
    private static func name(_ call: String) -> DeviceCall {
        DeviceCall(call) { value throws(XLinkDecodingError) in
            guard let answer = value.text else { throw .missing(field: "answer") }
            return answer
        }
    }

    public static var mxID: DeviceCall { name("getMxId") }
    /// Empty when there is none.
    public static var connectedIMU: DeviceCall { name("getConnectedIMU") }
}

extension DeviceCall where Answer == DeviceVerdict {
    /// Makes the graph of the schema; a refusal's text is for the owner.
    public static var buildPipeline: DeviceCall {
        DeviceCall("buildPipeline", limit: .seconds(30)) { value throws(XLinkDecodingError) in try DeviceVerdict(value) }
    }
}

extension DeviceCall where Answer == DeviceEEPROM {
    private static func memory(_ name: String) -> DeviceCall {
        DeviceCall(name) { value throws(XLinkDecodingError) in try DeviceEEPROM(value) }
    }

    public static var eeprom: DeviceCall { memory("readFromEeprom") }
    /// What the factory wrote; for devices whose own EEPROM is blank.
    public static var factoryEEPROM: DeviceCall { memory("readFromEepromFactory") }
    /// What the running pipeline uses.
    public static var calibration: DeviceCall { memory("getCalibration") }
}

extension DeviceCall where Answer == MessagePackValue {
    /// The device's report of its last crash, as it is; it has no fixed form.
    /// - Parameter maximumBytes: a longer one is not read.
    public static func crashDump(clear: Bool, maximumBytes: Int = .max) -> DeviceCall {
        DeviceCall("getCrashDump", [.bool(clear)], limit: .seconds(5), maximumBytes: maximumBytes) {
            value throws(XLinkDecodingError) in value
        }
    }
}

extension DeviceCall where Answer == [DeviceCameraFeatures] {
    public static var cameraFeatures: DeviceCall {
        DeviceCall("getConnectedCameraFeatures") { value throws(XLinkDecodingError) in
            guard let cameras = value.list else { throw .missing(field: "answer") }
            return cameras.compactMap(DeviceCameraFeatures.init)
        }
    }
}

extension DeviceCall where Answer == [DeviceStereoPair] {
    public static var stereoPairs: DeviceCall {
        DeviceCall("getStereoPairs") { value throws(XLinkDecodingError) in
            guard let pairs = value.list else { throw .missing(field: "answer") }
            return pairs.compactMap(DeviceStereoPair.init)
        }
    }
}

extension DeviceCall where Answer == [DeviceIRDriver] {
    public static var irDrivers: DeviceCall {
        DeviceCall("getIrDrivers") { value throws(XLinkDecodingError) in
            guard let drivers = value.list else { throw .missing(field: "answer") }
            return drivers.compactMap(DeviceIRDriver.init)
        }
    }
}

extension DeviceCall where Answer == [Int] {
    /// The sockets that have a camera.
    public static var connectedCameras: DeviceCall {
        DeviceCall("getConnectedCameras") { value throws(XLinkDecodingError) in
            guard let sockets = value.list else { throw .missing(field: "answer") }
            return sockets.compactMap(\.integer)
        }
    }
}

extension DeviceCall where Answer == Int {
    public static var xlinkChunkSize: DeviceCall {
        DeviceCall("getXLinkChunkSize") { value throws(XLinkDecodingError) in
            guard let answer = value.integer else { throw .missing(field: "answer") }
            return answer
        }
    }
}

extension DeviceCall where Answer == DeviceUSBSpeed {
    public static var usbSpeed: DeviceCall {
        DeviceCall("getUsbSpeed") { value throws(XLinkDecodingError) in
            guard let answer = value.integer else { throw .missing(field: "answer") }
            return DeviceUSBSpeed(rawValue: answer) ?? .unknown
        }
    }
}

extension DeviceCall where Answer == DeviceMemory {
    private static func memory(_ name: String) -> DeviceCall {
        DeviceCall(name) { value throws(XLinkDecodingError) in try DeviceMemory(value) }
    }

    public static var ddrUsage: DeviceCall { memory("getDdrUsage") }
    public static var cmxUsage: DeviceCall { memory("getCmxUsage") }
    public static var cssHeapUsage: DeviceCall { memory("getLeonCssHeapUsage") }
    public static var mssHeapUsage: DeviceCall { memory("getLeonMssHeapUsage") }
}

extension DeviceCall where Answer == DeviceLoad {
    private static func load(_ name: String) -> DeviceCall {
        DeviceCall(name) { value throws(XLinkDecodingError) in try DeviceLoad(value) }
    }

    public static var cssLoad: DeviceCall { load("getLeonCssCpuUsage") }
    public static var mssLoad: DeviceCall { load("getLeonMssCpuUsage") }
}

extension DeviceCall where Answer == DeviceTemperatures {
    public static var temperatures: DeviceCall {
        DeviceCall("getChipTemperature") { value throws(XLinkDecodingError) in try DeviceTemperatures(value) }
    }
}
