// SPDX-License-Identifier: Apache-2.0
public import Core
internal import Inference

/// Reads the text of a number plate with whatever model has the role.
public struct PlateReader: Sendable {
    let models: any TaskModels

    public init(models: any TaskModels) {
        self.models = models
    }

    /// Reads a plate that fills the picture.
    /// - Parameter plate: `bgr24`.
    /// - Returns: the text, which may be empty, and how sure the model is of its characters, 0...1.
    public func read(_ plate: Frame) throws(TaskError) -> (text: String, confidence: Float) {
        let network = try models.model(.plateText).network
        let (shape, values) = try network.numbers(plate)
        let reader = GreedyCTC(alphabet: network.labels, blank: network.manifest.decoder.background)
        guard let result = reader.read(shape: shape, values: values) else {
            throw .network(
                "the plate text model returned \(shape) for \(network.labels.count) characters; its manifest should name the "
                    + "characters in labels and the blank's place in decoder.background")
        }
        return result
    }

    /// Cuts a plate out of a picture: by its four corners when the detector gave them, else by its box.
    func crop(_ plate: Detection, of frame: Frame) throws(TaskError) -> Frame {
        let network = try models.model(.plateText).network
        let size = SIMD2(Double(frame.header.width), Double(frame.header.height))
        let box = plate.box
        let corners =
            plate.landmarks.count == 4
            ? Self.ordered(plate.landmarks.map { SIMD2<Double>($0) * size })
            : [(box.xMin, box.yMin), (box.xMax, box.yMin), (box.xMax, box.yMax), (box.xMin, box.yMax)].map {
                SIMD2(Double($0.0), Double($0.1)) * size
            }
        return PictureTransform.quadrilateral(corners).draw(frame, width: network.inputWidth, height: network.inputHeight)
    }

    /// Detectors differ in where they begin; the crop needs top left, top right, bottom right, bottom left.
    private static func ordered(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
        let bySum = points.sorted { $0.x + $0.y < $1.x + $1.y }
        let middle = [bySum[1], bySum[2]].sorted { $0.x - $0.y > $1.x - $1.y }
        return [bySum[0], middle[0], bySum[3], middle[1]]
    }
}
