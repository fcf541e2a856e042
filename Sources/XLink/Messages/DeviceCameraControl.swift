// SPDX-License-Identifier: Apache-2.0
public import Core

/// Settings of a camera: what it starts with, as part of a node's properties, and what it shall change to, as a message to a
/// node's `inputControl`.
///
/// Only those fields are in force for which a command is in the mask; the methods set both.
public struct DeviceCameraControl: Sendable, Hashable, NOPRepresentable {
    /// What a bit of the mask means; the raw value is the bit's number.
    public enum Command: UInt64, Sendable {
        case captureStill = 3
        case moveLens = 4
        case triggerAutofocus = 5
        case manualExposure = 6
        case autoExposure = 7
        case whiteBalanceMode = 8
        case exposureCompensation = 11
        case lockExposure = 13
        case lockWhiteBalance = 16
        case autofocusMode = 26
        case saturation = 28
        case brightness = 31
        case sharpness = 35
        case contrast = 44
        case kelvin = 49
    }

    public private(set) var mask: UInt64 = 0
    /// 0 off, 1 automatic, 2 macro, 3 continuous for videos, 4 continuous for pictures, 5 extended depth of field.
    public private(set) var autofocusMode: UInt8 = 3
    /// 0 (far) ... 255 (near).
    public private(set) var lensPosition: UInt8 = 0
    public private(set) var exposureMicroseconds: UInt32 = 0
    public private(set) var iso: UInt32 = 0
    public private(set) var whiteBalanceMode: UInt8 = 0
    public private(set) var isExposureLocked = false
    public private(set) var isWhiteBalanceLocked = false
    /// -9...9.
    public private(set) var exposureCompensation: Int8 = 0
    /// -10...10.
    public private(set) var brightness: Int8 = 0
    /// -10...10.
    public private(set) var contrast: Int8 = 0
    /// -10...10.
    public private(set) var saturation: Int8 = 0
    /// 0...4.
    public private(set) var sharpness: Int8 = 0
    /// 1000...12000.
    public private(set) var kelvin: UInt16 = 0

    /// Nothing is changed.
    public init() {}

    /// Fields that depthd does not set are passed over.
    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("control", fields: 32)
        mask = try decoder.integer("control.mask")
        autofocusMode = try decoder.integer("control.afMode")
        lensPosition = try decoder.integer("control.lens")
        try decoder.skip(3)
        let further = try decoder.structure("control.manual", fields: 3)
        exposureMicroseconds = try decoder.integer("control.exposure")
        iso = try decoder.integer("control.iso")
        try decoder.skip(1 + further)
        try decoder.skip(2)
        whiteBalanceMode = try decoder.integer("control.awb")
        try decoder.skip(2)
        isExposureLocked = try decoder.bool("control.aeLock")
        isWhiteBalanceLocked = try decoder.bool("control.awbLock")
        try decoder.skip(7)
        exposureCompensation = try decoder.integer("control.expComp")
        brightness = try decoder.integer("control.brightness")
        contrast = try decoder.integer("control.contrast")
        saturation = try decoder.integer("control.saturation")
        sharpness = try decoder.integer("control.sharpness")
        try decoder.skip(2)
        kelvin = try decoder.integer("control.wb")
        try decoder.skip(3 + surplus)
    }

    public var nop: NOPValue {
        let none: NOPValue = .unsigned(0)
        let region: NOPValue = .structure(Array(repeating: none, count: 5))
        let exposure: NOPValue = .structure([.unsigned(UInt64(exposureMicroseconds)), .unsigned(UInt64(iso)), none])
        let strobe: NOPValue = .structure([none, none, none])
        return .structure([
            .unsigned(mask), .unsigned(UInt64(autofocusMode)), .unsigned(UInt64(lensPosition)), .float(0), none, none, exposure,
            region, region, .unsigned(UInt64(whiteBalanceMode)), none, none, .bool(isExposureLocked), .bool(isWhiteBalanceLocked),
            none, none, none, none, strobe, strobe, none, .signed(Int64(exposureCompensation)), .signed(Int64(brightness)),
            .signed(Int64(contrast)), .signed(Int64(saturation)), .signed(Int64(sharpness)), none, none,
            .unsigned(UInt64(kelvin)), none, none, .list([]),
        ])
    }

    /// Whether a command is in the mask.
    public func contains(_ command: Command) -> Bool { mask & 1 << command.rawValue != 0 }

    private mutating func insert(_ command: Command, replacing other: Command? = nil) {
        mask |= 1 << command.rawValue
        if let other { mask &= ~(1 << other.rawValue) }
    }
}

// MARK: - Commands

extension DeviceCameraControl {
    /// Sets exposure time and film speed, which ends automatic exposure.
    public mutating func setExposure(microseconds: UInt32, iso: UInt32) {
        (exposureMicroseconds, self.iso) = (microseconds, iso)
        insert(.manualExposure, replacing: .autoExposure)
    }

    public mutating func setAutomaticExposure() { insert(.autoExposure, replacing: .manualExposure) }

    public mutating func setExposureLock(_ isLocked: Bool) {
        isExposureLocked = isLocked
        insert(.lockExposure)
    }

    /// Limited to -9...9.
    public mutating func setExposureCompensation(_ value: Int) {
        exposureCompensation = Int8(max(-9, min(9, value)))
        insert(.exposureCompensation)
    }

    /// Limited to -10...10.
    public mutating func setBrightness(_ value: Int) {
        brightness = DeviceCameraControl.scale(value)
        insert(.brightness)
    }

    /// Limited to -10...10.
    public mutating func setContrast(_ value: Int) {
        contrast = DeviceCameraControl.scale(value)
        insert(.contrast)
    }

    /// Limited to -10...10.
    public mutating func setSaturation(_ value: Int) {
        saturation = DeviceCameraControl.scale(value)
        insert(.saturation)
    }

    /// Limited to 0...4.
    public mutating func setSharpness(_ value: Int) {
        sharpness = Int8(max(0, min(4, value)))
        insert(.sharpness)
    }

    /// Who chooses the colour of white.
    public mutating func setWhiteBalance(_ mode: WhiteBalance) {
        whiteBalanceMode =
            switch mode {
            case .off: 0
            case .automatic: 1
            case .incandescent: 2
            case .fluorescent: 3
            case .warmFluorescent: 4
            case .daylight: 5
            case .cloudyDaylight: 6
            case .twilight: 7
            case .shade: 8
            }
        insert(.whiteBalanceMode)
    }

    /// Sets the colour of white; limited to 1000...12000.
    public mutating func setWhiteBalance(kelvin: Int) {
        self.kelvin = UInt16(max(1000, min(12_000, kelvin)))
        insert(.kelvin)
    }

    /// Who moves the lens.
    public mutating func setFocusMode(_ mode: FocusMode) {
        autofocusMode =
            switch mode {
            case .off: 0
            case .auto: 1
            case .macro: 2
            case .continuousVideo: 3
            case .continuousPicture: 4
            case .edof: 5
            }
        insert(.autofocusMode)
    }

    /// Moves the lens, which ends autofocus.
    public mutating func setLensPosition(_ position: UInt8) {
        (lensPosition, autofocusMode) = (position, 0)
        insert(.moveLens)
        insert(.autofocusMode)
    }

    private static func scale(_ value: Int) -> Int8 { Int8(max(-10, min(10, value))) }
}

// MARK: - What somebody wants of a lens

extension DeviceCameraControl {
    /// What is wanted, in the device's units. Exposure time and film speed are set when both are known and the camera shall not
    /// choose by itself; the same goes for the colour of white and the place of the lens.
    public init(_ request: CameraControlRequest) {
        self.init()
        setExposure(request)
        if let value = request.brightness { setBrightness(value) }
        if let value = request.contrast { setContrast(value) }
        if let value = request.saturation { setSaturation(value) }
        // Five steps for a scale of twenty-one.
        if let value = request.sharpness { setSharpness((value + 10) / 5) }
        if let mode = request.whiteBalance { setWhiteBalance(mode) }
        if let kelvin = request.kelvin, request.whiteBalance ?? .off == .off { setWhiteBalance(kelvin: kelvin) }
        if let mode = request.focusMode { setFocusMode(mode) }
        if let position = request.lensPosition, request.focusMode ?? .off == .off {
            setLensPosition(UInt8(max(0, min(1, position)) * 255))
        }
    }

    private mutating func setExposure(_ request: CameraControlRequest) {
        if request.autoExposure == true {
            setAutomaticExposure()
        } else if let time = request.exposureMicroseconds, let iso = request.iso {
            setExposure(microseconds: UInt32(clamping: time), iso: UInt32(clamping: iso))
        }
        if let value = request.exposureCompensation { setExposureCompensation(value) }
    }
}
