// SPDX-License-Identifier: Apache-2.0
import Core

/// One lens of a media source: where its pictures come from and what they become.
struct FFmpegLens: Sendable {
    let instance: CameraInstance
    let input: FFmpegInput
    let format: LensFormat
    /// Rate of the input; 0 when unknown.
    let framesPerSecond: Double

    init(_ instance: CameraInstance, _ text: String, _ settings: FFmpegSettings) throws(CaptureError) {
        let setting = "inputs.\(instance)"
        self.instance = instance
        input = try FFmpegInput(text, setting: setting)
        let pixels: PixelFormat = instance == .color ? .bgr24 : .gray8
        if settings.width > 0 {
            format = LensFormat(width: settings.width, height: settings.height, pixels: pixels)
            framesPerSecond = 0
        } else {
            let probe = try FFmpegProbe.ask(input, setting: setting, settings: settings)
            format = LensFormat(width: probe.width, height: probe.height, pixels: pixels)
            framesPerSecond = probe.framesPerSecond
        }
    }

    /// What ffmpeg is called with: raw pictures of one size on its output, every decoded picture exactly once unless a
    /// rate is set.
    func arguments(_ settings: FFmpegSettings) -> [String] {
        var filters = ["scale=\(format.width):\(format.height)"]
        if settings.framesPerSecond > 0 { filters.insert("fps=\(settings.framesPerSecond)", at: 0) }
        return ["-nostdin", "-hide_banner", "-loglevel", "error", "-noautorotate"]
            + (input.isFile && settings.pace == .recorded ? ["-re"] : [])
            + input.arguments
            + ["-map", "0:v:0", "-an", "-sn", "-dn", "-vf", filters.joined(separator: ","), "-fps_mode", "passthrough"]
            + ["-pix_fmt", format.pixels == .bgr24 ? "bgr24" : "gray", "-f", "rawvideo", "pipe:1"]
    }
}
