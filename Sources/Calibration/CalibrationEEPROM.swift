// SPDX-License-Identifier: Apache-2.0
import Core

/// The JSON of a gen2 device's EEPROM (versions 6 and 7): cameras by socket, each with its pose relative to another
/// socket; lengths in centimetres.
struct CalibrationEEPROM {
    private let root: CalibrationNode
    private let fields: CalibrationFields
    private var cameras: [Int: CalibrationNode] = [:]

    /// A chain of poses longer than this goes in circles.
    private static let longestChain = 16

    init(_ root: CalibrationNode, file: String) throws(CalibrationError) {
        self.root = root
        fields = CalibrationFields(file: file)
        guard case .list(let entries)? = root["cameraData"] else { throw Self.wrong(file, "cameraData", "is no list") }
        for (index, entry) in entries.enumerated() {
            guard case .list(let pair) = entry, pair.count == 2, case .number(let number) = pair[0],
                let socket = Int(exactly: number)
            else { throw Self.wrong(file, "cameraData[\(index)]", "is not a pair of socket and camera") }
            cameras[socket] = pair[1]
        }
    }

    func calibration() throws(CalibrationError) -> StereoCalibration {
        let stereo = root["stereoRectificationData"]
        let left = try socket(stereo, "leftCameraSocket", otherwise: 1)
        let right = try socket(stereo, "rightCameraSocket", otherwise: 2)
        let pose = try self.pose(from: left, to: right)
        var calibration = StereoCalibration(
            left: try model(left), right: try model(right), rotation: pose.rotation, translationMillimetres: pose.translation,
            rectification: try rectification(stereo))
        let color = 0
        if let camera = cameras[color], left != color, right != color, try isCalibrated(camera, color) {
            let pose = try self.pose(from: right, to: color)
            calibration.color = ColorCalibration(
                model: try model(color), rotation: pose.rotation, translationMillimetres: pose.translation)
        }
        return calibration
    }

    private func socket(_ stereo: CalibrationNode?, _ key: String, otherwise: Int) throws(CalibrationError) -> Int {
        guard let stereo, stereo[key] != nil else { return otherwise }
        let socket = try fields.integer(stereo, key, path: "stereoRectificationData")
        return socket < 0 ? otherwise : socket
    }

    private func path(_ socket: Int) -> String { "cameraData[socket \(socket)]" }

    private func camera(_ socket: Int) throws(CalibrationError) -> CalibrationNode {
        guard let camera = cameras[socket] else {
            throw .missing(file: fields.file, field: path(socket), remedy: "give the EEPROM of a device with a stereo pair")
        }
        return camera
    }

    private func isCalibrated(_ camera: CalibrationNode, _ socket: Int) throws(CalibrationError) -> Bool {
        try fields.matrix(camera, "intrinsicMatrix", path: path(socket))[0, 0] > 0
    }

    private func model(_ socket: Int) throws(CalibrationError) -> CameraModel {
        let camera = try camera(socket)
        let path = path(socket)
        if camera["cameraType"] != nil, try fields.integer(camera, "cameraType", path: path) != 0 {
            throw .invalid(
                file: fields.file, field: "\(path).cameraType", reason: "is not 0 (perspective)",
                remedy: "fisheye lenses are not supported: calibrate the camera with the perspective model")
        }
        let k = try fields.matrix(camera, "intrinsicMatrix", path: path)
        return CameraModel(
            width: try fields.integer(camera, "width", path: path), height: try fields.integer(camera, "height", path: path),
            fx: k[0, 0], fy: k[1, 1], cx: k[0, 2], cy: k[1, 2],
            distortion: camera["distortionCoeff"] == nil
                ? [] : try fields.numbers(camera, "distortionCoeff", count: nil, path: path))
    }

    /// The device's own rectification; nil when it was never written (all zeros).
    private func rectification(_ stereo: CalibrationNode?) throws(CalibrationError) -> (left: Matrix3, right: Matrix3)? {
        guard let stereo, stereo["rectifiedRotationLeft"] != nil, stereo["rectifiedRotationRight"] != nil else { return nil }
        let left = try fields.matrix(stereo, "rectifiedRotationLeft", path: "stereoRectificationData")
        let right = try fields.matrix(stereo, "rectifiedRotationRight", path: "stereoRectificationData")
        return left.rows.contains { $0 != 0 } && right.rows.contains { $0 != 0 } ? (left, right) : nil
    }

    /// The pose of one camera relative to another, over as many links as it takes.
    private func pose(from start: Int, to end: Int) throws(CalibrationError) -> CalibrationPose {
        let (down, up) = (try chain(start), try chain(end))
        for link in down {
            guard let meeting = up.first(where: { $0.socket == link.socket }) else { continue }
            return link.pose.followed(by: meeting.pose.inverse)
        }
        throw Self.wrong(fields.file, path(start) + ".extrinsics", "does not lead to socket \(end)")
    }

    /// The poses from a camera to each socket its links lead to, itself first.
    private func chain(_ start: Int) throws(CalibrationError) -> [(socket: Int, pose: CalibrationPose)] {
        var links = [(socket: start, pose: CalibrationPose.identity)]
        var socket = start
        while links.count <= CalibrationEEPROM.longestChain {
            let extrinsics = try fields.node(try camera(socket), "extrinsics", path: path(socket))
            let path = path(socket) + ".extrinsics"
            let next = try fields.integer(extrinsics, "toCameraSocket", path: path)
            guard next >= 0 else { return links }
            let translation = try fields.node(extrinsics, "translation", path: path)
            let step = CalibrationPose(
                rotation: try fields.matrix(extrinsics, "rotationMatrix", path: path),
                translation: 10
                    * SIMD3(
                        try fields.number(translation, "x", path: path + ".translation"),
                        try fields.number(translation, "y", path: path + ".translation"),
                        try fields.number(translation, "z", path: path + ".translation")))
            links.append((next, links[links.count - 1].pose.followed(by: step)))
            socket = next
        }
        throw Self.wrong(fields.file, path(start) + ".extrinsics", "leads in a circle")
    }

    private static func wrong(_ file: String, _ field: String, _ reason: String) -> CalibrationError {
        .invalid(file: file, field: field, reason: reason, remedy: "read the EEPROM out again")
    }
}
