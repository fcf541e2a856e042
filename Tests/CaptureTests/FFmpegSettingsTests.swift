// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation
import Testing

@Suite struct MediaSettingsTests {
    private func refusal(_ settings: FFmpegSettings) throws -> CaptureError? {
        let camera = try #require(CameraID("media"))
        return #expect(throws: CaptureError.self) { try FFmpegSource(settings: settings, camera: camera) }
    }

    /// `true` stands in for ffmpeg, which these settings never get to.
    private func settings(_ inputs: [CameraInstance: String]) -> FFmpegSettings {
        var settings = FFmpegSettings(inputs: inputs, width: 8, height: 8)
        (settings.ffmpeg, settings.ffprobe) = ("true", "true")
        return settings
    }

    @Test func aMissingProgramSaysWhatToInstall() throws {
        var settings = settings([.color: "rtsp://host/stream"])
        settings.ffmpeg = "no-such-program"
        #expect(
            try refusal(settings) == .unusable(what: "no-such-program is not installed", remedy: "apt install ffmpeg"))
    }

    @Test(arguments: [
        "concat:a|b", "pipe:0", "data:text/plain,x", "subfile,,start,0,end,9,,:/etc/passwd", "unix:/run/x", "http:/odd",
        "ftp://host/x",
        "crypto+file:/etc/passwd", "file:relative", "file://host/x", "", "bad\nname", "-", "/no/such/file.mkv", "/",
    ]) func onlyFilesAndKnownSchemesAreOpened(input: String) throws {
        let error = try refusal(settings([.color: input]))
        #expect(error?.description.hasPrefix("inputs.color") ?? false)
    }

    @Test(arguments: [
        "http://h/x", "https://h/x", "rtsp://h/x", "RTSP://u:p@h/x", "rtsps://h/x", "rtmp://h/x", "udp://h:1", "tcp://h:1",
    ])
    func networkStreamsAreAccepted(input: String) throws {
        let camera = try #require(CameraID("media"))
        let source = try FFmpegSource(settings: settings([.color: input]), camera: camera)
        #expect(source.format.lenses[.color] == LensFormat(width: 8, height: 8, pixels: .bgr24))
    }

    @Test func settingsOutOfRangeAreRefused() throws {
        let good = settings([.color: "rtsp://h/x"])
        func named(_ word: String, _ change: (inout FFmpegSettings) -> Void) throws {
            var settings = good
            change(&settings)
            #expect(try refusal(settings)?.description.contains(word) ?? false)
        }
        try named("inputs") { $0.inputs = [:] }
        try named("inputs.right") { $0.inputs = [.left: "rtsp://h/x"] }
        try named("size") { $0.width = 0 }
        try named("size") { $0.height = 20_000 }
        try named("framesPerSecond") { $0.framesPerSecond = .infinity }
        try named("stallSeconds") { $0.stallSeconds = 0 }
        try named("attempts") { $0.attempts = 0 }
    }
}
