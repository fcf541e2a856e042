// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// A recording on disk: the pictures of each lens by file name, matched by position.
struct ReplayFolder: Sendable {
    /// One lens of the recording.
    struct Lens: Sendable {
        var instance: CameraInstance
        /// Full paths, in order.
        var files: [String]
        var format: LensFormat
    }

    /// In the order of delivery: left, right, colour.
    let lenses: [Lens]
    /// When each exposure was taken, in nanoseconds after the first; nil without `timestamps.txt`.
    let times: [Int64]?

    var exposures: Int { lenses.first?.files.count ?? 0 }

    private static let endings: Set<String> = ["jpg", "jpeg", "png", "pgm", "ppm", "pnm"]

    init(_ folder: String, reader: ReplayReader) throws(CaptureError) {
        var lenses: [Lens] = []
        for instance in [CameraInstance.left, .right, .color] {
            guard let files = try ReplayFolder.pictures(in: folder, of: instance) else { continue }
            let format = try ReplayFolder.format(of: files, instance, reader: reader)
            lenses.append(Lens(instance: instance, files: files, format: format))
        }
        try ReplayFolder.checkMatch(lenses, folder)
        self.lenses = lenses
        times = try ReplayTimes.read("\(folder)/timestamps.txt", exposures: lenses[0].files.count)
    }

    /// The subfolder of a lens: `left`, `right` or `color`.
    private static func name(of instance: CameraInstance) -> String {
        switch instance {
        case .left: "left"
        case .right: "right"
        case .color: "color"
        }
    }

    /// The picture files of a lens, sorted; nil when it has no folder.
    private static func pictures(in folder: String, of instance: CameraInstance) throws(CaptureError) -> [String]? {
        let path = "\(folder)/\(name(of: instance))"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .unusable(what: path, remedy: "make it a folder that this user may read")
        }
        let pictures = names.filter { name in
            !name.hasPrefix(".") && endings.contains((name as NSString).pathExtension.lowercased())
        }
        guard !pictures.isEmpty else {
            throw .unusable(what: path, remedy: "put pictures in it (.jpg, .png, .pgm, .ppm), or remove it")
        }
        return pictures.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(path)/\($0)" }
    }

    /// The one size all readable pictures of a lens have.
    private static func format(
        of files: [String], _ instance: CameraInstance, reader: ReplayReader
    ) throws(CaptureError) -> LensFormat {
        var first: LensFormat?
        for file in files {
            // A picture without a readable size is counted as undecodable when its turn comes.
            guard let size = reader.size(of: file) else { continue }
            let format = LensFormat(width: size.width, height: size.height, pixels: instance == .color ? .bgr24 : .gray8)
            guard let expected = first else {
                first = format
                continue
            }
            guard format == expected else {
                throw .unusable(
                    what: "\(file) is \(format.width)×\(format.height)",
                    remedy: "give every picture of the lens the size of the first, \(expected.width)×\(expected.height)")
            }
        }
        guard let first else { throw .unusable(what: files[0], remedy: "no picture of this lens can be read; record it again") }
        return first
    }

    private static func checkMatch(_ lenses: [Lens], _ folder: String) throws(CaptureError) {
        guard let first = lenses.first else {
            throw .unusable(what: folder, remedy: "put pictures into \(folder)/left and \(folder)/right, or into \(folder)/color")
        }
        let left = lenses.first { $0.instance == .left }
        let right = lenses.first { $0.instance == .right }
        if (left == nil) != (right == nil) {
            let missing = left == nil ? "left" : "right"
            throw .unusable(what: "\(folder)/\(missing)", remedy: "a stereo recording needs left and right; add this folder")
        }
        for lens in lenses where lens.files.count != first.files.count {
            throw .unusable(
                what: "\(folder)/\(name(of: lens.instance)) has \(lens.files.count) pictures",
                remedy: "give it as many as \(folder)/\(name(of: first.instance)), \(first.files.count)")
        }
        if let left, let right, left.format != right.format {
            throw .unusable(
                what: "\(right.files[0]) is \(right.format.width)×\(right.format.height)",
                remedy: "give left and right the same size, \(left.format.width)×\(left.format.height)")
        }
    }
}
