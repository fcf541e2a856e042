// SPDX-License-Identifier: Apache-2.0
package import Core
import Foundation

/// What controls do to a drawn picture: as a table from grey level to grey level for each colour. Pure.
///
/// The scene is drawn as a camera that exposes by itself sees it. By hand the light is proportional to exposure and film
/// speed, and `exposure` at `speed` gives the scene as it is drawn.
package struct SimulatedControls: Sendable {
    /// Microseconds and ISO that give the picture as drawn.
    package static let exposure = 8000.0
    package static let speed = 400.0
    private static let drawnKelvin = 6500.0
    /// Grey levels for each step of brightness.
    private static let brightnessStep = 6.0

    /// By channel: one for grey, blue, green, red for colour. nil for the picture as drawn.
    private let tables: [[UInt8]]?
    /// Distance of the colours from their grey: 0 is grey, 1 as drawn.
    private let saturation: Float?

    package init(_ controls: CameraControlState, isColor: Bool) {
        var light =
            controls.autoExposure
            ? exp2(Double(controls.exposureCompensation) / 3)
            : Double(controls.exposureMicroseconds) * Double(controls.iso) / (Self.exposure * Self.speed)
        light = min(light, 1000)
        let kelvin = Double(controls.whiteBalance == .off ? controls.kelvin : controls.whiteBalance.kelvin ?? 6500)
        // A camera told that the light is bluer than it is makes the picture redder.
        let warmth = (kelvin / Self.drawnKelvin).squareRoot()
        let gains = isColor ? [light / warmth, light, light * warmth] : [light]
        let slope = exp2(Double(controls.contrast) / 10)
        let lift = Double(controls.brightness) * Self.brightnessStep
        let isPlain = gains.allSatisfy { $0 == 1 } && slope == 1 && lift == 0
        tables =
            isPlain
            ? nil
            : gains.map { gain in
                (0..<256).map { level in
                    let lit = min(255, Double(level) * gain)
                    return UInt8(min(255, max(0, ((lit - 128) * slope + 128 + lift).rounded())))
                }
            }
        saturation = isColor && controls.saturation != 0 ? 1 + Float(controls.saturation) / 10 : nil
    }

    /// Changes a tightly packed picture in its place.
    package func apply(to bytes: UnsafeMutableRawBufferPointer) {
        let pixels = bytes.assumingMemoryBound(to: UInt8.self)
        if let tables { look(up: tables, pixels) }
        if let saturation { saturate(by: saturation, pixels) }
    }

    private func look(up tables: [[UInt8]], _ pixels: UnsafeMutableBufferPointer<UInt8>) {
        for (channel, table) in tables.enumerated() {
            table.withUnsafeBufferPointer { table in
                for index in stride(from: channel, to: pixels.count, by: tables.count) {
                    pixels[index] = table[Int(pixels[index])]
                }
            }
        }
    }

    private func saturate(by factor: Float, _ pixels: UnsafeMutableBufferPointer<UInt8>) {
        for index in stride(from: 0, to: pixels.count - 2, by: 3) {
            let (blue, green, red) = (Float(pixels[index]), Float(pixels[index + 1]), Float(pixels[index + 2]))
            // BT.601.
            let gray = 0.114 * blue + 0.587 * green + 0.299 * red
            func stretched(_ value: Float) -> UInt8 { UInt8(min(255, max(0, (gray + (value - gray) * factor).rounded()))) }
            pixels[index] = stretched(blue)
            pixels[index + 1] = stretched(green)
            pixels[index + 2] = stretched(red)
        }
    }
}
