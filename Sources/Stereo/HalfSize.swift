// SPDX-License-Identifier: Apache-2.0
import CKernels

/// The second search of an extended match: the same pair at half the size, where near things have disparities in range.
final class HalfSize {
    let engine: MatchEngine
    private let width: Int
    private let height: Int
    private var pictures = ScratchMemory()
    private var map = ScratchMemory()

    /// - Parameters:
    ///   - width: of the full picture.
    ///   - height: the same.
    init(width: Int, height: Int, settings: StereoSettings, build: KernelBuild) {
        self.width = width
        self.height = height
        engine = MatchEngine(width: width / 2, height: height / 2, settings: settings, build: build)
        pictures.reserve(engine.width * engine.height * 2)
        map.reserve(engine.width * engine.height * 2)
    }

    /// Halves a pair and makes the job of matching it.
    func job(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>) -> MatchEngine.Job {
        let smallLeft = pictures.base.assumingMemoryBound(to: UInt8.self)
        let smallRight = smallLeft + engine.width * engine.height
        dk_stereo_halve(Int32(width), Int32(height), left, smallLeft)
        dk_stereo_halve(Int32(width), Int32(height), right, smallRight)
        return engine.job(smallLeft, smallRight, map.base.assumingMemoryBound(to: UInt16.self))
    }

    /// Takes over what lies beyond the full search: at least `beyond` units of a full pixel.
    func merge(_ small: UnsafePointer<UInt16>, beyond: Int, into full: UnsafeMutablePointer<UInt16>) {
        dk_stereo_merge_half(Int32(width), Int32(height), small, UInt16(beyond), full)
    }
}
