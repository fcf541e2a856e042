// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file or URL that ffmpeg may open: known schemes only, and only the protocols and formats these need.
struct FFmpegInput: Sendable, Hashable {
    /// What ffmpeg is given after `-i`.
    let location: String
    /// The protocols ffmpeg may use for it: a file cannot reach the network, a stream no local file.
    let protocols: String
    /// The formats ffmpeg may read in it: none that names other files, but for playlists over HTTP.
    let formats: String
    /// Whether it ends, can be started over, and has no pace of its own.
    let isFile: Bool
    /// Whether it is RTSP, which is asked for over TCP.
    let isRTSP: Bool
    /// `user:password` of the URL, to be kept out of messages.
    private let login: String?
    /// Path and query of the URL, in which some cameras want name and password.
    private let place: String?

    /// Formats that hold their own pictures. Not among them: hls, concat, dash, imf, sdp, image2 and others that open what
    /// they name.
    private static let containers =
        "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,mpegts,mpeg,mpegvideo,m4v,h263,h264,hevc,av1,obu,ivf,flv,live_flv,asf,mxf,nut,"
        + "ogg,dv,mjpeg,mpjpeg,yuv4mpegpipe,gif,apng,png_pipe,jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe"
    /// What a camera's playlist names must come over HTTP as well.
    private static let playlists = "\(containers),hls,aac,mp3,ac3,eac3,webvtt"

    private static let schemes: [String: (protocols: String, formats: String)] = [
        "http": ("http,https,tls,tcp", playlists), "https": ("https,http,tls,tcp", playlists),
        "rtsp": ("rtsp,rtp,udp,tcp", "rtsp"), "rtsps": ("rtsps,rtsp,rtp,udp,tls,tcp", "rtsp"),
        "rtmp": ("rtmp,tcp", containers), "udp": ("udp", containers), "tcp": ("tcp", containers),
    ]

    /// - Parameter setting: names the input in errors, e.g. `inputs.left`.
    init(_ text: String, setting: String) throws(CaptureError) {
        guard !text.isEmpty, text.utf8.count <= 4096, text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else {
            throw .unusable(what: setting, remedy: "give a path or URL of 1 to 4096 bytes without control characters")
        }
        guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else {
            self = try FFmpegInput(file: text, setting: setting)
            return
        }
        let scheme = text[..<colon].lowercased()
        if scheme == "file" {
            self = try FFmpegInput(
                file: try FFmpegInput.path(ofFileURL: text[text.index(after: colon)...], setting), setting: setting)
            return
        }
        guard let (protocols, formats) = FFmpegInput.schemes[scheme], text[colon...].hasPrefix("://") else {
            let known = (["file"] + FFmpegInput.schemes.keys).sorted().joined(separator: ", ")
            throw .unusable(
                what: "\(setting): scheme \(scheme.prefix(32))",
                remedy: "use one of \(known), or write ./ before a file name with a colon")
        }
        location = text
        self.protocols = protocols
        self.formats = formats
        isFile = false
        isRTSP = scheme.hasPrefix("rtsp")
        let rest = text[colon...].dropFirst(3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        login = authority.lastIndex(of: "@").map { String(authority[..<$0]) }
        // A path of a letter or two hides nothing, and would tear holes into words.
        place = rest.utf8.count > authority.utf8.count + 3 ? String(rest[authority.endIndex...]) : nil
    }

    private init(file path: String, setting: String) throws(CaptureError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            throw .unusable(what: "\(setting): \(path)", remedy: "name a file that exists")
        }
        // The prefix keeps ffmpeg from reading a name such as `-` or `pipe:0` as anything but a file.
        location = "file:\(path)"
        protocols = "file"
        formats = FFmpegInput.containers
        isFile = true
        isRTSP = false
        login = nil
        place = nil
    }

    private static func path(ofFileURL rest: Substring, _ setting: String) throws(CaptureError) -> String {
        guard rest.hasPrefix("///"), let path = String(rest.dropFirst(2)).removingPercentEncoding else {
            throw .unusable(what: setting, remedy: "write file:///path/to/the/file, or the path alone")
        }
        return path
    }

    /// The options both tools take before the input, and the input.
    var arguments: [String] {
        let limits = ["-protocol_whitelist", protocols, "-format_whitelist", formats]
        return limits + (isRTSP ? ["-rtsp_flags", "prefer_tcp"] : []) + ["-i", location]
    }

    /// A message of ffmpeg with no more of the URL than scheme, host and port.
    func redacted(_ message: String) -> String {
        let message = place.map { message.replacingOccurrences(of: $0, with: "/…") } ?? message
        return login.map { message.replacingOccurrences(of: $0, with: "***") } ?? message
    }
}
