// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Hummingbird
import NIOCore
import Pipeline
import Tasks

/// The hub's `ColorCameraConfigProperties` or, without the colour camera's part, `MonoCameraConfigProperties`.
struct PictureConfig: Encodable {
    var resolution: String
    var fps: Double
    var still_size: [Int]?
    var preview_size: [Int]?
    var video_size: [Int]?
    var sensor_crop: [Double]?

    /// Lines by name. The camera's picture has the name of the nearest.
    static let colorResolutions: [(name: String, lines: Int)] = [
        ("THE_720_P", 720), ("THE_800_P", 800), ("THE_1352X1012", 1012), ("THE_1440X1080", 1080), ("THE_1080_P", 1080),
        ("THE_1200_P", 1200), ("THE_2024X1520", 1520), ("THE_5_MP", 1944), ("THE_4_K", 2160), ("THE_4000X3000", 3000),
        ("THE_12_MP", 3040), ("THE_13_MP", 3120), ("THE_48_MP", 6000), ("THE_5312X6000", 6000),
    ]
    static let monoResolutions: [(name: String, lines: Int)] = [
        ("THE_400_P", 400), ("THE_480_P", 480), ("THE_720_P", 720), ("THE_800_P", 800), ("THE_1200_P", 1200),
    ]

    static func resolutions(of stream: HubStream) -> [(name: String, lines: Int)] {
        stream == .color ? colorResolutions : monoResolutions
    }

    init(_ camera: HubCamera, _ stream: HubStream, still: HubState.StillSize?) {
        let size = camera.size(of: stream) ?? (640, 400)
        let names = Self.resolutions(of: stream)
        resolution = names.min { abs($0.lines - size.height) < abs($1.lines - size.height) }?.name ?? names[0].name
        fps = camera.framesPerSecond
        guard stream == .color else { return }
        still_size = still.map { [$0.width, $0.height] } ?? [size.width, size.height]
        preview_size = [300, 300]
        video_size = [size.width, size.height]
        sensor_crop = [0, 0]
    }
}

extension RouteContext {
    func pictureConfig(_ request: RouteRequest) throws -> Response {
        let (camera, stream) = try activeHubStream(request)
        return JSONResponse.json(PictureConfig(camera, stream, still: hubState.stillSize(of: camera.id)))
    }

    /// Takes the whole configuration and puts the part in force that concerns the hub: the size of stills. Resolution and
    /// rate are the box's settings; the answer says what they are.
    func setPictureConfig(_ request: RouteRequest) async throws -> Response {
        let (camera, stream) = try activeHubStream(request)
        var body = try await HubBody.read(request)
        _ = body.choice("resolution", PictureConfig.resolutions(of: stream).map(\.name), required: true)
        _ = body.number("fps", in: 0...1000, required: true)
        guard stream == .color else {
            try body.finish()
            return JSONResponse.json(PictureConfig(camera, stream, still: nil))
        }
        let still = body.pair("still_size", whole: true)
        _ = body.pair("preview_size", whole: true)
        _ = body.pair("video_size", whole: true)
        _ = body.pair("sensor_crop", whole: false)
        try body.finish()
        if let still {
            guard still.allSatisfy({ (16...8192).contains($0) }) else {
                throw HubProblem.unprocessable(
                    .init(
                        type: "value_error", loc: [.name("body"), .name("still_size")],
                        msg: "Value error, both sides must be 16 to 8192 pixels", input: .array(still.map { .int(Int($0)) })))
            }
            let own = camera.size(of: stream)
            let wanted = HubState.StillSize(width: Int(still[0]), height: Int(still[1]))
            let isOwn = own.map { $0.width == wanted.width && $0.height == wanted.height } ?? false
            hubState.setStillSize(isOwn ? nil : wanted, of: camera.id)
        }
        return JSONResponse.json(PictureConfig(camera, stream, still: hubState.stillSize(of: camera.id)))
    }

    /// One whole picture, in any of four formats.
    func still(_ request: RouteRequest) async throws -> Response {
        let (camera, stream) = try activeHubStream(request)
        let name = request.parameter("format") ?? "jpeg"
        guard let format = StillFormat(rawValue: name.lowercased()) else {
            throw HubProblem.unprocessable(
                .choice([.name("query"), .name("format")], StillFormat.allCases.map(\.rawValue), input: .string(name)))
        }
        let size = stream == .color ? hubState.stillSize(of: camera.id).map { ($0.width, $0.height) } : nil
        let picture = try await snapshots.take(stream.tap.stream, of: camera.service, as: .still(format, size: size))
        return JSONResponse.bytes(ByteBuffer(bytes: picture.bytes), type: "image/\(format.rawValue)")
    }
}
