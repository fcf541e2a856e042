// SPDX-License-Identifier: Apache-2.0
import Pipeline
import Settings
import Testing

/// A change of a pipeline takes effect between two frames or builds a new graph; none is accepted and forgotten.
struct PipelineChangeTests {
    private func pipeline(_ path: String, _ value: String) throws -> PipelineConfiguration {
        let override = try SettingsOverride("\(path)=\(value)")
        return try PipelineConfiguration(override.applied(to: .emptyMapping(document: "test")))
    }

    /// Values of which every key of `depth` takes at least one that is not its default.
    private static let values = ["true", "false", "0", "3", "4", "5", "64", "0.25", "7x7", "mean", "host", "/x"]

    @Test func everyKeyOfDepthIsAppliedOneWayOrTheOther() throws {
        let section = try SettingsSection(.emptyMapping(document: "test"))
        let standard = try PipelineConfiguration(section)
        let paths = section.record.entries.map(\.path).filter { $0.hasPrefix("depth.") }
        #expect(paths.count >= 19)
        for path in paths {
            let changed = Self.values.compactMap { try? pipeline(path, $0) }.filter { $0 != standard }
            #expect(!changed.isEmpty, "no value for \(path): add one")
            for other in changed where standard.differsOnlyInMatching(from: other) {
                let (old, new) = try (standard.depth.matching.stereoSettings(), other.depth.matching.stereoSettings())
                #expect(old != new, "\(path) is in MatchingConfiguration, and the matcher is not told of it")
            }
        }
    }
}
