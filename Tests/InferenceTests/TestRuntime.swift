// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import Inference
import TestSupport

/// ONNX Runtime as the tests use it: found like the daemon finds it.
enum TestRuntime {
    static let found = Result { () throws(InferenceError) in try ONNXRuntime.load(path: nil) }

    /// Condition for tests that run networks: false only for a user without the library, never on CI.
    static var isRequired: Bool {
        if case .success = found { return true }
        return ProcessInfo.processInfo.environment["CI"] == "true"
    }
}

/// Frames and networks for tests.
enum Bench {
    static func header(_ width: Int, _ height: Int, _ format: PixelFormat) throws -> FrameHeader {
        guard let camera = CameraID("test") else { throw BadFixture() }
        return FrameHeader(
            camera: camera, instance: .color, sequence: 1, captured: Timestamp(nanoseconds: 0), width: width,
            height: height, format: format)
    }

    /// A photograph of the shared data, as BGR.
    static func photograph(_ name: String) throws -> Frame {
        try ImageDecoder().decode(SharedData.bytes("images/\(name)"), as: .bgr24, header: header(1, 1, .bgr24))
    }

    /// A frame whose bytes `byte` gives by their position.
    static func frame(_ width: Int, _ height: Int, _ format: PixelFormat, byte: (Int) -> UInt8) throws -> Frame {
        let draft = FramePool.standalone(try header(width, height, format))
        draft.withUnsafeMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = byte(index) }
        }
        return draft.seal()
    }

    static func modelPath(_ path: String) -> String { SharedData.url("models/\(path)").path }
}

/// A fixture is not as the test expects it.
struct BadFixture: Error {}
