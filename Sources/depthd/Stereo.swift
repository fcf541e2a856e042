// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Codec
import Core
import Foundation
import Pipeline
import Stereo

/// The matcher on a pair of picture files: what the daemon does to each pair, and how long it takes.
struct StereoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stereo", abstract: "Match two rectified pictures and write the disparity.",
        discussion: """
            The pictures must be rectified and of the same size. OUTPUT is a 16-bit grey PNG: disparity in sixteenths of a \
            pixel, 0 where nothing is known. Everything not asked for is as in the daemon's settings.
            """)

    @Argument(help: "The left camera's picture (PNG, JPEG, PGM, PPM).")
    var left: String
    @Argument(help: "The right camera's picture.")
    var right: String
    @Option(name: .shortAndLong, help: "Where to write the disparity.")
    var output: String
    @Option(help: "The camera whose pixels get a disparity; the daemon uses the right camera.")
    var reference = Reference.left
    @OptionGroup(title: "Matching") var matching: MatchingOptions
    @Option(help: "Threads that match the pair, 1...4.")
    var threads: Int?
    @Option(name: .customLong("repeat"), help: "Number of times to match the pair, for the timings.")
    var runs = 1
    @Option(help: .hidden, transform: oneOf)
    var build = KernelBuild.best

    enum Reference: String, ExpressibleByArgument, CaseIterable {
        case left, right
    }

    func validate() throws {
        guard output.hasSuffix(".png") else { throw ValidationError("--output must end in .png") }
        guard (1...100_000).contains(runs) else { throw ValidationError("--repeat must be 1...100000") }
        do {
            _ = try matching.settings(try PipelineConfiguration.standard().depth)
        } catch {
            throw ValidationError("\(error)")
        }
        if let threads, !(1...4).contains(threads) { throw ValidationError("--threads must be 1...4") }
        guard KernelBuild.runnable.contains(build) else {
            let runnable = KernelBuild.runnable.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--build \(build.rawValue) does not run here; there are \(runnable)")
        }
    }

    func run() throws {
        let standard = try PipelineConfiguration.standard().depth
        let settings = try matching.settings(standard)
        let threads = threads ?? standard.threads
        do {
            var pair = (left: try picture(left, .left), right: try picture(right, .right))
            // The matcher sees from the right; in a mirror left and right change places.
            if reference == .left { pair = (pair.right.mirrored, pair.left.mirrored) }
            let header = pair.right.header
            let matcher = try StereoMatcher(width: header.width, height: header.height, settings: settings, build: build)
            let threads = BandThreadPool(threads: threads, name: "bands")
            let draft = FramePool.standalone(header.reshaped(width: header.width, height: header.height, format: .disparity16))
            var times = RunTimes()
            for _ in 0..<runs {
                try times.measure {
                    try matcher.match(left: pair.left, right: pair.right, into: draft, concurrently: threads.work)
                }
            }
            let map = draft.seal().inSixteenths(of: settings.unitsPerPixel)
            let png = try PNGEncoder.encode(reference == .left ? map.mirrored : map)
            try Data(png).write(to: URL(fileURLWithPath: output), options: .atomic)
            let known = map.withUnsafeUInt16 { values in values.count { $0 != 0 } }
            Output.line(
                "\(output): \(header.width)x\(header.height), \(100 * known / (header.width * header.height)) % known; "
                    + "\(settings.disparities) disparities, \(settings.kernel.rawValue), \(build.rawValue), threads \(threads); \(times)"
            )
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "\(error)")
        }
    }

    private func picture(_ path: String, _ instance: CameraInstance) throws -> Frame {
        guard let camera = CameraID("files") else { throw Failure(description: "'files' is no camera name") }
        guard let file = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "\(path) does not exist or cannot be read")
        }
        do {
            let bytes = Array(file)
            let prototype = FrameHeader(
                camera: camera, instance: instance, sequence: 0, captured: .now(), width: 1, height: 1, format: .gray8)
            return try ImageDecoder().decode(bytes, as: .gray8, header: prototype)
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
    }
}

/// What may differ from the daemon's settings.
struct MatchingOptions: ParsableArguments {
    @Option(help: "64, 96, 128 or 192.")
    var disparities: Int?
    @Option(help: "5x5, 7x7 or 9x7.", transform: oneOf)
    var kernel: CensusKernel?
    @Flag(inversion: .prefixedNo, help: "Smooth the pictures first.")
    var prefilter: Bool?
    @Option(help: "3 or 5.")
    var paths: Int?
    @Flag(inversion: .prefixedNo, help: "Search a second time at half the size, for near objects.")
    var extended: Bool?
    @Flag(name: .customLong("lr-check"), inversion: .prefixedNo, help: "Matches must agree seen from both sides.")
    var leftRightCheck: Bool?
    @Option(help: "Percent by which the best match must beat the second best, 0...100.")
    var uniqueness: Int?
    @Flag(help: "The same as --uniqueness 0.")
    var noUniqueness = false
    @Option(help: "Least confidence of a pixel, 0...255.")
    var confidence: Int?
    @Option(help: "Width of the median window: 0, 3, 5 or 7.")
    var median: Int?
    @Option(help: "Regions of at most this many pixels become unknown.")
    var speckleSize: Int?
    @Option(help: "Largest step of disparity inside such a region, pixels.")
    var speckleRange: Int?
    @Option(help: "Fractional bits: 0, 3, 4 or 5.")
    var subpixelBits: Int?

    func settings(_ standard: DepthConfiguration) throws -> StereoSettings {
        let standard = try standard.matching.stereoSettings()
        return try StereoSettings(
            disparities: disparities ?? standard.disparities, extended: extended ?? standard.extended,
            kernel: kernel ?? standard.kernel, prefilter: prefilter ?? standard.prefilter, paths: paths ?? standard.paths,
            subpixelBits: subpixelBits ?? standard.subpixelBits,
            filter: .init(
                leftRightCheck: leftRightCheck ?? standard.filter.leftRightCheck,
                uniqueness: noUniqueness ? 0 : uniqueness ?? standard.filter.uniqueness,
                confidenceThreshold: confidence ?? standard.filter.confidenceThreshold,
                medianKernel: median ?? standard.filter.medianKernel, speckleSize: speckleSize ?? standard.filter.speckleSize,
                speckleRange: speckleRange ?? standard.filter.speckleRange))
    }
}

/// Reads the name of a choice.
private func oneOf<Choice: RawRepresentable & CaseIterable>(_ text: String) throws -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: text) else {
        throw ValidationError("use one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
}

/// CPU time (of the whole process, so of all threads) and wall time of each run.
private struct RunTimes: CustomStringConvertible {
    private var cpu: [Double] = []
    private var wall: [Double] = []

    mutating func measure(_ body: () throws -> Void) rethrows {
        let (cpuBefore, wallBefore) = (Timestamp.processCPU(), Timestamp.now())
        try body()
        cpu.append(Double(Timestamp.processCPU() - cpuBefore) / 1e6)
        wall.append(Double(Timestamp.now().nanoseconds(since: wallBefore)) / 1e6)
    }

    var description: String { "CPU ms \(Self.figures(cpu)), wall ms \(Self.figures(wall)), runs \(cpu.count)" }

    private static func figures(_ values: [Double]) -> String {
        let sorted = values.sorted()
        return String(format: "min %.2f median %.2f", sorted[0], sorted[sorted.count / 2])
    }
}

extension Frame {
    /// The same picture with every row turned round.
    fileprivate var mirrored: Frame {
        let (width, height) = (header.width, header.height)
        let bytesPerPixel = header.format.rowBytes(width: 1)
        let draft = FramePool.standalone(header)
        withUnsafeBytes { source in
            draft.withUnsafeMutableBytes { target in
                for y in 0..<height {
                    for x in 0..<width {
                        for byte in 0..<bytesPerPixel {
                            target[(y * width + x) * bytesPerPixel + byte] =
                                source[(y * width + width - 1 - x) * bytesPerPixel + byte]
                        }
                    }
                }
            }
        }
        return draft.seal()
    }

    /// A disparity map in sixteenths of a pixel, rounded up from finer ones so that known pixels stay known.
    fileprivate func inSixteenths(of unitsPerPixel: Int) -> Frame {
        guard unitsPerPixel != 16 else { return self }
        let draft = FramePool.standalone(header)
        withUnsafeUInt16 { source in
            draft.withUnsafeMutableUInt16 { target in
                for index in source.indices {
                    target[index] = UInt16((Int(source[index]) * 16 + unitsPerPixel - 1) / unitsPerPixel)
                }
            }
        }
        return draft.seal()
    }
}
