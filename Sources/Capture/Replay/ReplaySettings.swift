// SPDX-License-Identifier: Apache-2.0

/// What a replay plays and how.
public struct ReplaySettings: Sendable {
    /// Holds `left/` and `right/`, `color/`, or all three, and perhaps `timestamps.txt`.
    public var folder: String
    /// The rate of the recording where no `timestamps.txt` says otherwise, 0.01...1000 exposures per second.
    public var framesPerSecond: Double
    public var pace: ReplayPace
    /// Starts over after the last exposure.
    public var loop: Bool
    /// Decodes every picture once, before the first is delivered; at most `preloadLimit` bytes.
    public var preload: Bool
    /// Frame buffers of each lens: how many frames the readers may keep at once.
    public var buffers: Int
    /// Called on the capture thread with the sequence number of each exposure before it is read. May block, so that every
    /// exposure waits for its consumer; false ends the replay.
    public var beforeEach: (@Sendable (Int) -> Bool)?

    /// What preloaded pictures may take together, in bytes: 1 GiB.
    public static let preloadLimit = 1 << 30

    public init(
        folder: String, framesPerSecond: Double = 30, pace: ReplayPace = .recorded, loop: Bool = false, preload: Bool = false,
        buffers: Int = 12, beforeEach: (@Sendable (Int) -> Bool)? = nil
    ) {
        self.folder = folder
        self.framesPerSecond = framesPerSecond
        self.pace = pace
        self.loop = loop
        self.preload = preload
        self.buffers = buffers
        self.beforeEach = beforeEach
    }

    /// Refuses impossible values by the setting's name.
    func check() throws(CaptureError) {
        guard (0.01...1000).contains(framesPerSecond) else {
            throw .unusable(what: "framesPerSecond \(framesPerSecond)", remedy: "give the rate of the recording, 0.01 to 1000")
        }
        guard (1...1000).contains(buffers) else {
            throw .unusable(what: "buffers \(buffers)", remedy: "give 1 to 1000 frame buffers")
        }
    }
}
