// SPDX-License-Identifier: Apache-2.0
package import Core

/// gen1's 33-byte commands: one byte what, 32 bytes of data.
package enum LinkCommand: Sendable, Hashable {
    /// One picture on `jpegout`.
    case still
    case focus(CameraControlRequest)

    /// gen1's numbers for who moves the lens.
    private static let focusModes: [FocusMode] = [.auto, .macro, .continuousVideo, .continuousPicture, .edof]

    /// - Returns: nil for bytes that are no command.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 33 else { return nil }
        var wish = CameraControlRequest()
        switch bytes[0] {
        case 1:
            self = .still
            return
        case 2: wish.focusMode = .auto
        case 3:
            guard Self.focusModes.indices.contains(Int(bytes[1])) else { return nil }
            wish.focusMode = Self.focusModes[Int(bytes[1])]
        default: return nil
        }
        self = .focus(wish)
    }
}

/// gen1's control text `3A <command> <camera> <arguments>`.
package struct CameraControlText: Sendable, Hashable {
    private let words: [String]

    package init(_ bytes: [UInt8]) {
        words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: { " ,\0\n".contains($0) }).map(String.init)
    }

    /// Commands this box's cameras can be told, by gen1's numbers.
    private enum Command: Int {
        case moveLens = 3
        case focusTrigger = 4
        case exposureManual = 5
        case exposureAutomatic = 6
        case whiteBalance = 7
        case exposureCompensation = 10
        case focusMode = 25
        case saturation = 27
        case brightness = 30
        case sharpness = 34
        case contrast = 43
    }

    /// gen1's numbers for who chooses white.
    private static let whiteBalances: [WhiteBalance] = [
        .off, .automatic, .incandescent, .fluorescent, .warmFluorescent, .daylight, .cloudyDaylight, .twilight, .shade,
    ]
    private static let focusModes: [FocusMode] = [.auto, .macro, .continuousVideo, .continuousPicture, .edof]

    /// Which lens, and what is wanted of it; an empty request for what no camera here can be told.
    /// - Throws: `LinkRefusal` for invalid text or numbers out of range.
    package func wish() throws(LinkRefusal) -> (CameraInstance, CameraControlRequest) {
        guard words.count >= 3, words[0] == "3A", let number = Int(words[1]), let camera = Int(words[2]),
            let lens = CameraInstance(rawValue: camera)
        else { throw LinkRefusal("control", "must be '3A <command> <camera 0, 1 or 2> <arguments>'") }
        var wish = CameraControlRequest()
        switch Command(rawValue: number) {
        case .moveLens:
            wish.focusMode = .off
            wish.lensPosition = Double(try argument(0, in: 0...255)) / 255
        case .focusTrigger: wish.focusMode = .auto
        case .exposureManual:
            wish.autoExposure = false
            wish.exposureMicroseconds = try argument(0, in: 1...10_000_000)
            wish.iso = try argument(1, in: 100...5000)
        case .exposureAutomatic: wish.autoExposure = true
        case .whiteBalance: wish.whiteBalance = Self.whiteBalances[try argument(0, in: 0...(Self.whiteBalances.count - 1))]
        case .exposureCompensation: wish.exposureCompensation = try argument(0, in: -9...9)
        case .focusMode: wish.focusMode = Self.focusModes[try argument(0, in: 0...(Self.focusModes.count - 1))]
        case .saturation: wish.saturation = try argument(0, in: -10...10)
        case .brightness: wish.brightness = try argument(0, in: -10...10)
        case .sharpness: wish.sharpness = try argument(0, in: -10...10)
        case .contrast: wish.contrast = try argument(0, in: -10...10)
        case nil: break
        }
        return (lens, wish)
    }

    private func argument(_ index: Int, in range: ClosedRange<Int>) throws(LinkRefusal) -> Int {
        guard words.indices.contains(index + 3), let value = Int(words[index + 3]), range.contains(value) else {
            throw LinkRefusal("control", "argument \(index + 1) must be \(range.lowerBound)…\(range.upperBound)")
        }
        return value
    }
}
