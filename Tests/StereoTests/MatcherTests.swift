// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Stereo
import TestSupport
import Testing

struct MatcherTests {
    private static func mean(_ values: [UInt16]) -> Double {
        Double(values.reduce(0) { $0 + Int($1) }) / Double(max(1, values.count)) / 16
    }

    @Test(arguments: [1, 17, 60, 95])
    func aWholePixelShiftIsFoundExactlyWhereverTheLeftPictureShowsIt(_ shift: Int) throws {
        let right = Picture.dots(width: 300, height: 40, seed: 1)
        let left = right.seenFromLeft(seed: 2) { _ in shift }
        let matcher = try StereoMatcher(width: 300, height: 40, settings: try StereoSettings(subpixelBits: 0))
        let map = try matcher.map(left: left, right: right)
        // Two pixels inside: there every neighbour of the census window is in both pictures.
        for y in 0..<40 {
            for x in 2..<300 - shift - 2 { #expect(map[y * 300 + x] == UInt16(shift * 16), "at \(x), \(y)") }
        }
    }

    @Test func pixelsWhoseMatchLiesBeyondTheLeftPictureAreUnknown() throws {
        let right = Picture.dots(width: 300, height: 60, seed: 3)
        let left = right.seenFromLeft(seed: 4) { _ in 40 }
        let map = try StereoMatcher(width: 300, height: 60, settings: try StereoSettings()).map(left: left, right: right)
        let beyond = map.indices.filter { $0 % 300 >= 262 && map[$0] != 0 }
        #expect(beyond.count * 100 < 60 * 38 * 3, "\(beyond.count) of \(60 * 38) filled")
    }

    @Test(arguments: stride(from: 12.0, to: 13.0, by: 0.125).map { $0 })
    func aFractionalShiftIsFoundToAnEighthOfAPixel(_ shift: Double) throws {
        // Smooth random texture, so that the shifted picture can be computed exactly; its finest waves are six pixels long,
        // which is what lenses leave of finer ones.
        var dice = SeededRandom(6)
        let waves = (0..<60).map { _ in
            (
                Double.random(in: 0.1...1, using: &dice), Double.random(in: -0.8...0.8, using: &dice),
                Double.random(in: 0...6.28, using: &dice)
            )
        }
        func texture(_ x: Double, _ y: Double) -> UInt8 {
            let sum = waves.reduce(0) { $0 + sin($1.0 * x + $1.1 * y + $1.2) }
            return UInt8(min(255, max(0, 128 + 14 * sum)))
        }
        let right = Picture(width: 320, height: 64) { x, y in texture(Double(x), Double(y)) }
        let left = Picture(width: 320, height: 64) { x, y in texture(Double(x) - shift, Double(y)) }
        let map = try StereoMatcher(width: 320, height: 64, settings: try StereoSettings()).map(left: left, right: right)
        let inside = map.indices.filter { (4..<300).contains($0 % 320) }.map { map[$0] }
        let known = inside.filter { $0 != 0 }
        #expect(known.count * 100 > inside.count * 98)
        #expect(abs(Self.mean(known) - shift) < 0.125, "found \(Self.mean(known))")
        #expect(known.count { abs(Double($0) / 16 - shift) < 0.7 } * 100 > known.count * 99)
    }

    @Test func theLeftRightCheckRemovesPixelsThatTheLeftCameraCannotSee() throws {
        // A near square (30 px) before far ground (6 px), drawn into both pictures from one surface description.
        let (width, height) = (320, 90)
        let ground = Picture.dots(width: width + 100, height: height, seed: 8)
        let square = Picture.dots(width: width, height: height, seed: 9)
        func isSquare(_ x: Int, _ y: Int) -> Bool { (120..<180).contains(x) && (20..<70).contains(y) }
        let right = Picture(width: width, height: height) { x, y in
            isSquare(x, y) ? square.pixels[y * width + x] : ground.pixels[y * (width + 100) + x + 50]
        }
        let left = Picture(width: width, height: height) { x, y in
            isSquare(x - 30, y) ? square.pixels[y * width + x - 30] : ground.pixels[y * (width + 100) + x + 44]
        }
        // Ground at right x is at left x + 6; the square hides left 150..<210, so right 144..<204, of which the right
        // picture shows 180..<204.
        let occluded = (25..<65).flatMap { y in (182..<202).map { y * width + $0 } }
        func filled(_ check: Bool) throws -> Int {
            let settings = try StereoSettings(
                filter: .init(leftRightCheck: check, uniqueness: 0, medianKernel: 0, speckleSize: 0))
            let map = try StereoMatcher(width: width, height: height, settings: settings).map(left: left, right: right)
            for y in 30..<60 {
                #expect((map[y * width + 150] + 8) / 16 == 30)
                #expect((map[y * width + 60] + 8) / 16 == 6)
            }
            return occluded.count { map[$0] != 0 }
        }
        #expect(try filled(false) * 10 > occluded.count * 9)
        #expect(try filled(true) * 10 < occluded.count)
    }

    @Test func aBlankWallIsUnknown() throws {
        let wall = Picture(width: 200, height: 50) { _, _ in 77 }
        let map = try StereoMatcher(width: 200, height: 50, settings: try StereoSettings()).map(left: wall, right: wall)
        #expect(map.allSatisfy { $0 == 0 })
        let bare = try StereoSettings(filter: .init(medianKernel: 0, speckleSize: 0))
        #expect(try StereoMatcher(width: 200, height: 50, settings: bare).map(left: wall, right: wall).allSatisfy { $0 == 0 })
    }

    @Test func theConfidenceThresholdRemovesMoreTheHigherItIs() throws {
        let right = Picture.dots(width: 200, height: 60, seed: 10)
        var left = right.seenFromLeft(seed: 11) { _ in 20 }
        var dice = SeededRandom(12)
        for index in left.pixels.indices where Int.random(in: 0..<3, using: &dice) == 0 {
            left.pixels[index] = UInt8.random(in: 0...255, using: &dice)
        }
        let matcher = try StereoMatcher(width: 200, height: 60, settings: try StereoSettings())
        let known = try [0, 200, 230, 255].map { threshold in
            try matcher.setConfidenceThreshold(threshold)
            #expect(matcher.settings.filter.confidenceThreshold == threshold)
            return try matcher.map(left: left, right: right).count { $0 != 0 }
        }
        #expect(known[0] > known[2] && known[1] > known[2] && known[2] > known[3])
        #expect(throws: StereoError.setting(name: "confidenceThreshold", value: 256, allowed: "0...255")) {
            try matcher.setConfidenceThreshold(256)
        }
    }

    @Test func aBrighterLeftCameraChangesNothing() throws {
        let right = Picture.dots(width: 200, height: 40, seed: 13)
        let left = right.seenFromLeft(seed: 14) { _ in 25 }
        let dimmed = Picture(width: 200, height: 40) { x, y in right.pixels[y * 200 + x] / 2 + 20 }
        let matcher = try StereoMatcher(width: 200, height: 40, settings: try StereoSettings(subpixelBits: 0))
        let map = try matcher.map(left: left, right: dimmed)
        for y in 0..<40 { for x in 2..<170 { #expect(map[y * 200 + x] == 400) } }
    }
}
