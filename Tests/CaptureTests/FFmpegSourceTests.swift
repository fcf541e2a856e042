// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation
import Testing

@Suite(.serialized, .enabled(if: MediaFixtures.hasFFmpeg)) struct MediaSourceTests {
    private let folder: TemporaryFolder
    private let camera: CameraID

    init() throws {
        folder = try TemporaryFolder()
        camera = try #require(CameraID("media"))
    }

    /// A source over a stand-in for ffmpeg that writes pictures of 8×4 grey pixels.
    private func source(standIn text: String, _ change: (inout FFmpegSettings) -> Void = { _ in }) throws -> FFmpegSource {
        try folder.write("input", [1])
        var settings = FFmpegSettings(
            inputs: [.left: "\(folder.path)/input", .right: "\(folder.path)/input"], width: 8, height: 4, attempts: 3)
        settings.backoff = Backoff(firstNanoseconds: 1_000_000, longestNanoseconds: 2_000_000)
        settings.ffmpeg = try MediaFixtures.standIn(folder, text)
        change(&settings)
        return try FFmpegSource(settings: settings, camera: camera)
    }

    /// What is said of a camera whose stand-in for ffmpeg delivers nothing and is not started again.
    private func complaint(standIn text: String, input: String) throws -> String {
        let source = try source(standIn: text) {
            $0.inputs = [.color: input]
            $0.attempts = 1
        }
        let error = #expect(throws: CaptureError.self) { try play(source) }
        return try #require(error).description
    }

    @Test func theLensesOfAClipComeInStep() throws {
        try MediaFixtures.clip("\(folder.path)/l.mkv", gray: 40, pictures: 7)
        try MediaFixtures.clip("\(folder.path)/r.mkv", gray: 90, pictures: 7)
        try MediaFixtures.clip("\(folder.path)/c.mkv", gray: 200, pictures: 7, size: "32x16")
        let inputs: [CameraInstance: String] = [
            .left: "\(folder.path)/l.mkv", .right: "file://\(folder.path)/r.mkv", .color: "\(folder.path)/c.mkv",
        ]
        let source = try FFmpegSource(settings: FFmpegSettings(inputs: inputs, pace: .asFastAsPossible), camera: camera)
        #expect(source.format.lenses[.left] == LensFormat(width: 64, height: 48, pixels: .gray8))
        #expect(source.format.lenses[.color] == LensFormat(width: 32, height: 16, pixels: .bgr24))
        let delivered = try play(source)
        #expect(delivered.headers.map(\.sequence) == (0..<7).flatMap { [$0, $0, $0] })
        #expect(Array(delivered.headers.prefix(3).map(\.instance)) == [.left, .right, .color])
        for (index, level) in [40, 90, 200].enumerated() {
            #expect(abs(Int(delivered.values[index]) - level) <= 1)
        }
        #expect(MediaFixtures.children().isEmpty)
    }

    @Test func aLoopedFileStartsOverAndIsScaled() throws {
        try MediaFixtures.clip("\(folder.path)/c.mkv", gray: 120, pictures: 3)
        let settings = FFmpegSettings(
            inputs: [.color: "\(folder.path)/c.mkv"], width: 20, height: 10, loop: true, pace: .asFastAsPossible)
        let counters = CaptureCounters()
        let delivered = try play(try FFmpegSource(settings: settings, camera: camera), counters: counters, limit: 8)
        #expect(delivered.headers.map(\.sequence) == Array(0..<8))
        #expect(delivered.headers[7].width == 20)
        #expect(counters.restarts.current == 0)
    }

    /// In a process of its own, so that no other suite's pipes are counted.
    @Test func fiftyStartsLeaveNoDescriptorAndNoChild() async {
        await #expect(processExitsWith: .success) { try MediaSourceTests().startFiftyTimes() }
    }

    private func startFiftyTimes() throws {
        let source = try source(standIn: "head -c 64 /dev/zero; exec sleep 1000")
        _ = try play(source, limit: 2)
        let before = MediaFixtures.openPipes()
        for _ in 0..<50 { _ = try play(source, limit: 2) }
        #expect(MediaFixtures.openPipes() == before)
        #expect(MediaFixtures.children().isEmpty)
    }

    @Test func aChildThatIgnoresTheRequestToEndIsKilled() throws {
        let source = try source(standIn: "trap '' TERM; head -c 64 /dev/zero; while :; do sleep 0.05; done")
        #expect(try play(source, limit: 2).values.count == 2)
        #expect(MediaFixtures.children().isEmpty)
    }

    @Test func aDyingChildIsStartedAgainAndThenLostWithItsLastWords() throws {
        let source = try source(standIn: "echo 'first line' >&2; echo 'it broke' >&2; exit 3")
        let counters = CaptureCounters()
        #expect(throws: CaptureError.lost("inputs.left: ffmpeg exited with 3 (first line; it broke)")) {
            try play(source, counters: counters)
        }
        #expect(counters.restarts.current == 2)
    }

    @Test func aChildThatStillDeliversIsStartedAgainWithoutEnd() throws {
        let source = try source(standIn: "head -c 32 /dev/zero; exit 1")
        let counters = CaptureCounters()
        let delivered = try play(source, counters: counters, limit: 20)
        #expect(delivered.headers.map(\.sequence) == (0..<10).flatMap { [$0, $0] })
        #expect(counters.restarts.current == 9)
    }

    @Test func aStalledChildIsKilledAndStartedAgain() throws {
        let source = try source(standIn: "head -c 40 /dev/zero; exec sleep 1000") { $0.stallSeconds = 0.1 }
        let counters = CaptureCounters()
        let delivered = try play(source, counters: counters, limit: 4)
        #expect(delivered.headers.map(\.sequence) == [0, 0, 1, 1])
        #expect(counters.restarts.current == 1)
        #expect(MediaFixtures.children().isEmpty)
    }

    @Test func complaintsAreBoundedAndPasswordsHidden() throws {
        let text = "i=0; while [ $i -lt 3000 ]; do echo \"noise rtsp://me:hush@host $i\" >&2; i=$((i+1)); done; exit 1"
        let message = try complaint(standIn: text, input: "rtsp://me:hush@host/stream")
        #expect(message.hasSuffix("(noise rtsp://***@host 2997; noise rtsp://***@host 2998; noise rtsp://***@host 2999)"))
    }

    @Test func namesAndPasswordsInPathAndQueryAreHidden() throws {
        let input = "rtsp://me:hush@host:554/user=me_password=hush/1?token=hush"
        let message = try complaint(standIn: "echo 'no answer from \(input)' >&2; exit 1", input: input)
        #expect(message.hasSuffix("(no answer from rtsp://***@host:554/…)"))
    }

    @Test func theRestOfALineThatWasCutIsNotShown() throws {
        let text = "printf 'rtsp://me:%03000dhush@host: no route\\nno picture\\n' 0 >&2; exit 1"
        #expect(try complaint(standIn: text, input: "rtsp://me:hush@host/stream").hasSuffix("(no picture)"))
    }

    /// Playlists name other files instead of holding pictures; `file:` is a protocol that files may use.
    @Test(arguments: ["m3u8", "ffconcat"]) func aFileThatNamesAnotherDoesNotOpenIt(ending: String) throws {
        let secret = "\(folder.path)/secret.mp4"
        try MediaFixtures.clip(secret, gray: 40, pictures: 5, codec: "mjpeg")
        let list =
            ending == "m3u8"
            ? "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://\(secret)\n#EXT-X-ENDLIST\n"
            : "ffconcat version 1.0\nfile secret.mp4\n"
        try folder.write("list.\(ending)", Array(list.utf8))
        let settings = FFmpegSettings(inputs: [.color: "\(folder.path)/list.\(ending)"], pace: .asFastAsPossible, attempts: 1)
        // The clip itself plays: it is not the codec that is refused.
        #expect(try play(try FFmpegSource(settings: clip(secret), camera: camera), limit: 1).values.count == 1)
        let error = #expect(throws: CaptureError.self) { try FFmpegSource(settings: settings, camera: camera) }
        #expect(error?.description.contains("not on whitelist") == true)
    }

    private func clip(_ path: String) -> FFmpegSettings {
        FFmpegSettings(inputs: [.color: path], pace: .asFastAsPossible)
    }

    @Test func aFileWithoutAVideoIsRefused() throws {
        try folder.write("text.mkv", Array("no video".utf8))
        let settings = FFmpegSettings(inputs: [.color: "\(folder.path)/text.mkv"])
        let error = #expect(throws: CaptureError.self) { try FFmpegSource(settings: settings, camera: camera) }
        #expect(error?.description.hasPrefix("inputs.color: ") ?? false)
        #expect(MediaFixtures.children().isEmpty)
    }
}
