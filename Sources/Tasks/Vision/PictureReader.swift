// SPDX-License-Identifier: Apache-2.0
public import Codec
public import Core

/// Makes frames of uploaded pictures: within limits, upright, in blue, green and red.
public struct PictureReader: Sendable {
    public var limits: ImageLimits

    public init(limits: ImageLimits = .default) {
        self.limits = limits
    }

    /// The picture in file number `index` of a request; the first may be a camera's.
    /// - Throws: `missingFile` or `unreadable`.
    public func picture(_ call: TaskCall, at index: Int = 0) throws(TaskError) -> Frame {
        if index == 0, call.request.files.isEmpty, let view = call.request.view { return view.frame }
        guard call.request.files.indices.contains(index) else {
            throw .missingFile(index == 0 ? "no image" : "only \(call.request.files.count) of \(index + 1) images")
        }
        return try picture(call.request.files[index].bytes)
    }

    /// The picture in a file.
    public func picture(_ bytes: [UInt8]) throws(TaskError) -> Frame {
        guard let camera = CameraID("upload") else { throw .unreadable("no name for uploaded pictures") }
        let header = FrameHeader(
            camera: camera, instance: .color, sequence: 0, captured: Timestamp(nanoseconds: 0), width: 1, height: 1,
            format: .bgr24)
        do {
            return try ImageDecoder(limits: limits).decodeUpright(bytes, as: .bgr24, header: header)
        } catch {
            throw .unreadable("the image cannot be used: \(error)")
        }
    }
}
