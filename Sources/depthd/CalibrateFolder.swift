// SPDX-License-Identifier: Apache-2.0
import BoardCalibration
import Codec
import Core
import Foundation

/// Pairs of pictures in a folder: in `left` and `right` by their order, or side by side by their names (`left01.png` with
/// `right01.png`, `a_left.jpg` with `a_right.jpg`, `board3L.png` with `board3R.png`).
struct CalibrateFolder {
    struct Pair {
        var name: String
        var left: String
        var right: String
    }

    let found: [Pair]
    private static let endings: Set<String> = ["jpg", "jpeg", "png", "pgm", "ppm", "pnm"]
    private static let longestBytes = 64 << 20

    /// - Throws: `Failure` when the folder holds no pairs.
    init(_ folder: String) throws {
        if FileManager.default.fileExists(atPath: "\(folder)/left") {
            let (left, right) = (try Self.pictures(in: "\(folder)/left"), try Self.pictures(in: "\(folder)/right"))
            guard left.count == right.count else {
                throw Failure(
                    description:
                        "\(folder)/left has \(left.count) pictures, \(folder)/right \(right.count): they are paired by order")
            }
            found = zip(left, right).map { Pair(name: $0, left: "\(folder)/left/\($0)", right: "\(folder)/right/\($1)") }
        } else {
            found = Self.sideBySide(in: folder, try Self.pictures(in: folder))
        }
        guard !found.isEmpty else {
            throw Failure(
                description: "\(folder) contains no pairs: put pictures into \(folder)/left and \(folder)/right, or name them "
                    + "left01.png and right01.png")
        }
    }

    private static func pictures(in folder: String) throws -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw Failure(description: "\(folder) is not a readable folder")
        }
        return names.filter { !$0.hasPrefix(".") && endings.contains(($0 as NSString).pathExtension.lowercased()) }
            .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
    }

    private static func sideBySide(in folder: String, _ names: [String]) -> [Pair] {
        var rights: [String: String] = [:]
        for name in names { if let (key, isLeft) = split(name), !isLeft { rights[key] = name } }
        return names.compactMap { name in
            guard let (key, isLeft) = split(name), isLeft, let right = rights[key] else { return nil }
            return Pair(name: (name as NSString).deletingPathExtension, left: "\(folder)/\(name)", right: "\(folder)/\(right)")
        }
    }

    /// A file name without the part that names the side.
    static func split(_ name: String) -> (key: String, isLeft: Bool)? {
        let stem = (name as NSString).deletingPathExtension
        for (word, letter, isLeft) in [("left", "L", true), ("right", "R", false)] {
            if stem.lowercased().hasPrefix(word) { return (String(stem.dropFirst(word.count)), isLeft) }
            if stem.lowercased().hasSuffix(word) { return (String(stem.dropLast(word.count)), isLeft) }
            if stem.hasSuffix(letter), stem.count > 1 { return (String(stem.dropLast()), isLeft) }
        }
        return nil
    }

    /// Looks for the board in every pair; pairs in which it is not seen are named and passed over.
    func pairs(_ pattern: BoardPattern) throws -> SeenPairs {
        let detector = BoardDetector(pattern)
        var seen = SeenPairs()
        for pair in found {
            do {
                let (left, right) = (try Self.picture(pair.left, .left), try Self.picture(pair.right, .right))
                let first = seen.frames.first?.left ?? left
                for (path, frame) in [(pair.left, left), (pair.right, right)]
                where (frame.header.width, frame.header.height) != (first.header.width, first.header.height) {
                    throw Failure(
                        description: "\(path) is \(frame.header.width)x\(frame.header.height), the first picture "
                            + "\(first.header.width)x\(first.header.height)")
                }
                let corners = (try Self.corners(left, "left", detector), try Self.corners(right, "right", detector))
                seen.pairs.append(try BoardPair(name: pair.name, left: corners.0, right: corners.1, pattern: pattern))
                seen.frames.append((left, right))
            } catch {
                Output.complaint("skipped \(pair.name): \(error)")
            }
        }
        return seen
    }

    private static func corners(_ frame: Frame, _ side: String, _ detector: BoardDetector) throws -> [SIMD2<Double>] {
        do {
            return try detector.corners(in: frame)
        } catch {
            throw Failure(description: "\(side): \(error)")
        }
    }

    private static func picture(_ path: String, _ instance: CameraInstance) throws -> Frame {
        guard let data = FileManager.default.contents(atPath: path), data.count <= longestBytes,
            let header = SeenPairs.header(CameraID("folder"), instance)
        else { throw Failure(description: "\(path) cannot be read") }
        do {
            return try ImageDecoder().decode(Array(data), as: .gray8, header: header)
        } catch {
            throw Failure(description: "\(path): \(error)")
        }
    }
}
