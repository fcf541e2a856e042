// SPDX-License-Identifier: Apache-2.0
public import Core

/// What a network made of one frame.
public struct InferenceResult: Sendable {
    /// Best first; boxes and landmarks in fractions of the camera's whole frame. Boxes are cut at the frame's edges;
    /// landmarks may lie outside.
    public var detections: [Detection]
    /// The outputs of a raw network; empty for every other family.
    public var tensors: [Tensor]
    /// The picture the network saw (three planes of bytes: blue, green, red), when one was asked for and the pool had a
    /// free frame.
    public var preview: Frame?

    package init(detections: [Detection], tensors: [Tensor], preview: Frame?) {
        (self.detections, self.tensors, self.preview) = (detections, tensors, preview)
    }
}
