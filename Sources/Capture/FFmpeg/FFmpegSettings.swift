// SPDX-License-Identifier: Apache-2.0
public import Core

/// What is played through ffmpeg and how.
public struct FFmpegSettings: Sendable, Hashable {
    /// A file or URL for each lens; left needs right and the other way round. They are read in step, one picture each.
    public var inputs: [CameraInstance: String]
    /// Width of the delivered pictures in pixels, 0 for that of the input.
    public var width: Int
    /// Height of the delivered pictures in pixels, 0 for that of the input.
    public var height: Int
    /// Pictures are dropped or repeated to come at this rate; 0 keeps the rate of the input.
    public var framesPerSecond: Double
    /// Starts files over when one of them ends.
    public var loop: Bool
    /// For files; a network stream has a pace of its own.
    public var pace: ReplayPace
    /// A child that delivers nothing for so long is killed and started again, in seconds.
    public var stallSeconds: Double
    /// Starts in a row without a single picture after which the source is lost.
    public var attempts: Int
    /// How long to wait between them.
    public var backoff = Backoff()
    /// Frame buffers of each lens: how many frames the readers may keep at once.
    public var buffers = 12
    /// Name or path of the ffmpeg program.
    public var ffmpeg = "ffmpeg"
    /// Name or path of the ffprobe program, which tells the size of an input.
    public var ffprobe = "ffprobe"

    public init(
        inputs: [CameraInstance: String], width: Int = 0, height: Int = 0, framesPerSecond: Double = 0, loop: Bool = false,
        pace: ReplayPace = .recorded, stallSeconds: Double = 10, attempts: Int = 5
    ) {
        self.inputs = inputs
        self.width = width
        self.height = height
        self.framesPerSecond = framesPerSecond
        self.loop = loop
        self.pace = pace
        self.stallSeconds = stallSeconds
        self.attempts = attempts
    }

    /// Refuses impossible values by the setting's name.
    func check() throws(CaptureError) {
        guard !inputs.isEmpty else { throw .unusable(what: "inputs", remedy: "give a file or URL for at least one lens") }
        guard (inputs[.left] == nil) == (inputs[.right] == nil) else {
            throw .unusable(
                what: "inputs.\(inputs[.left] == nil ? "left" : "right")", remedy: "a stereo pair needs left and right")
        }
        guard (width == 0) == (height == 0), (0...16384).contains(width), (0...16384).contains(height) else {
            throw .unusable(what: "size \(width)×\(height)", remedy: "give both width and height, 1 to 16384, or neither")
        }
        guard framesPerSecond == 0 || (0.01...1000).contains(framesPerSecond) else {
            throw .unusable(
                what: "framesPerSecond \(framesPerSecond)", remedy: "give 0.01 to 1000, or 0 for the rate of the input")
        }
        guard (0.05...3600).contains(stallSeconds) else {
            throw .unusable(what: "stallSeconds \(stallSeconds)", remedy: "give 0.05 to 3600 seconds")
        }
        guard (1...1000).contains(attempts), (1...1000).contains(buffers) else {
            throw .unusable(what: "attempts \(attempts), buffers \(buffers)", remedy: "give 1 to 1000 of each")
        }
    }

    var stallNanoseconds: Int64 { Int64(stallSeconds * 1e9) }
}
