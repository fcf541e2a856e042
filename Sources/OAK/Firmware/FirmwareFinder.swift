// SPDX-License-Identifier: Apache-2.0

/// Finds the device image in what the vendor distributes, by format and not by name: a wheel of the host library (zip), the
/// extension module in it (which holds xz streams of tar archives of images), such an archive, or an image itself.
///
/// What is compressed is decompressed in pieces; beside the input, no more than one image is held.
public struct FirmwareFinder {
    /// Four times what a wheel of 2026 has, and twice what its module has.
    public static let maximumBytes = 64 << 20
    /// An image of 2026 has 28 million bytes.
    static let maximumImageBytes = 64 << 20

    private let file: String
    private var image: FirmwareImage?
    private var damage: FirmwareImage.Problem?
    private var sawBootloader = false

    /// The first device image.
    /// - Parameter file: what errors call the input.
    public static func image(in bytes: [UInt8], file: String) throws(FirmwareError) -> FirmwareImage {
        guard !bytes.isEmpty else { throw .empty(file: file) }
        guard bytes.count <= maximumBytes else { throw .tooLarge(file: file, maximum: maximumBytes) }
        if bytes.starts(with: FirmwareImage.mark) { return try bare(bytes, file) }
        var finder = FirmwareFinder(file: file)
        return try bytes.starts(with: ZipArchive.mark) ? finder.searchArchive(bytes) : finder.searchModule(bytes)
    }

    private init(file: String) { self.file = file }

    private static func bare(_ bytes: [UInt8], _ file: String) throws(FirmwareError) -> FirmwareImage {
        let image: FirmwareImage
        do {
            image = try FirmwareImage(bytes)
        } catch {
            throw .damagedImage(file: file, problem: error)
        }
        guard !image.isBootloader else { throw .bootloaderOnly(file: file) }
        return image
    }

    private mutating func searchArchive(_ bytes: [UInt8]) throws(FirmwareError) -> FirmwareImage {
        var streamProblem: String?
        var modules = 0
        do throws(ZipArchive.Damage) {
            let archive = try ZipArchive(bytes)
            for entry in archive.entries where Self.moduleSuffixes.contains(where: entry.name.hasSuffix) {
                modules += 1
                let scanner = scanner()
                try archive.read(entry) { scanner.feed($0) { take($0) } }
                if let image { return image }
                scanner.finish()
                streamProblem = streamProblem ?? scanner.problem
            }
        } catch {
            throw .damagedArchive(file: file, reason: error.reason)
        }
        throw modules == 0 ? .noModule(file: file) : failure(streamProblem)
    }

    /// Of Linux and of Windows.
    private static let moduleSuffixes = [".so", ".pyd"]

    private mutating func searchModule(_ bytes: [UInt8]) throws(FirmwareError) -> FirmwareImage {
        let scanner = scanner()
        bytes.withUnsafeBufferPointer { bytes in
            _ = ZipArchive.cut(bytes) { scanner.feed($0) { take($0) } }
        }
        if let image { return image }
        scanner.finish()
        throw failure(scanner.problem)
    }

    private func scanner() -> XZScanner {
        XZScanner { TarReader(suffix: ".cmd", maximum: Self.maximumImageBytes) }
    }

    /// Looks at a file that may be the image.
    private mutating func take(_ member: TarReader.Member) -> Bool {
        do throws(FirmwareImage.Problem) {
            let found = try FirmwareImage(member.bytes)
            sawBootloader = sawBootloader || found.isBootloader
            if !found.isBootloader { image = found }
        } catch {
            damage = damage ?? error
        }
        return image != nil
    }

    /// What was worst of what was seen.
    private func failure(_ streamProblem: String?) -> FirmwareError {
        if let damage { return .damagedImage(file: file, problem: damage) }
        if let streamProblem { return .damagedStream(file: file, reason: streamProblem) }
        return sawBootloader ? .bootloaderOnly(file: file) : .noImage(file: file)
    }
}
