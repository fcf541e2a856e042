// SPDX-License-Identifier: Apache-2.0
public import Core
public import Inference

/// What a camera of the box sees at this moment. Takes the place of an uploaded picture.
public struct CameraView: Sendable {
    /// The newest picture.
    public var frame: Frame
    /// Sets the position of what is found in `frame`, in millimetres, where the camera knows it.
    public var locate: @Sendable (inout [Detection]) -> Void

    /// What the camera itself runs; nil when it runs nothing.
    public var network: Network?

    public init(frame: Frame, network: Network? = nil, locate: @escaping @Sendable (inout [Detection]) -> Void) {
        self.frame = frame
        self.network = network
        self.locate = locate
    }
}
