// SPDX-License-Identifier: Apache-2.0
public import Core
import Synchronization

/// A model that is ready to run on frames. It serves one caller at a time; others wait.
public final class Network: Sendable {
    /// For logs and error texts.
    public let name: String
    public let manifest: ModelManifest
    /// What else may run it; nil for networks that only this machine's processor runs.
    public let runner: (any BlobRunner)?
    let engine: any Engine
    private let inputName: String
    private let decoder: (any DetectionDecoder)?
    private let work: Mutex<Workspace>

    /// Memory that is kept from frame to frame.
    private final class Workspace {
        let picture: InputPreprocessor
        let writer: InputWriter
        let tensors: OutputTensors
        var candidates = CandidateList()

        init(input: ModelManifest.Input, element: TensorElement, outputs: Int) {
            picture = InputPreprocessor(
                width: input.width, height: input.height, isGray: input.color == .gray, pad: UInt8(clamping: input.pad))
            writer = InputWriter(input: input, element: element)
            tensors = OutputTensors(count: outputs)
        }
    }

    /// Names by label index; may be empty.
    public var labels: [String] { manifest.labels }
    /// Pixels.
    public var inputWidth: Int { manifest.input.width }
    /// Pixels.
    public var inputHeight: Int { manifest.input.height }

    /// The network's tensors as its file has them.
    package var inputs: [TensorDescription] { engine.inputs }
    package var outputs: [TensorDescription] { engine.outputs }

    /// Binds a manifest to an engine.
    /// - Parameter runner: what else may run it, as the engine knows.
    /// - Throws: `shape` when the engine's tensors are not what the manifest's family and input size need, and
    ///   `manifest` when the number of labels is not the number of classes.
    public init(
        name: String = "network", manifest: ModelManifest, engine: any Engine, runner: (any BlobRunner)? = nil
    ) throws(InferenceError) {
        let input = try Self.checkedInput(of: engine, manifest, name: name)
        self.name = name
        self.manifest = manifest
        (self.engine, self.runner) = (engine, runner)
        inputName = input.name
        let decoder = try manifest.makeDecoder(model: name, outputs: engine.outputs)
        if let classes = decoder?.classes, !manifest.labels.isEmpty, manifest.labels.count != classes {
            throw .manifest(
                source: name, field: "labels",
                reason: "\(manifest.labels.count) names for a network of \(classes) classes; leave labels out or name all")
        }
        self.decoder = decoder
        work = Mutex(Workspace(input: manifest.input, element: input.element, outputs: engine.outputs.count))
    }

    private static func checkedInput(of engine: any Engine, _ manifest: ModelManifest, name: String)
        throws(InferenceError) -> TensorDescription
    {
        guard engine.inputs.count == 1 else {
            throw .shape(
                model: name, tensor: engine.inputs.map(\.name).joined(separator: ", "), expected: "one image input",
                found: "\(engine.inputs.count) inputs")
        }
        let (input, shape) = (engine.inputs[0], manifest.input.shape)
        // Some exporters leave the batch dimension out.
        let fits = input.shape == shape || input.shape == Array(shape.dropFirst())
        guard fits, [.float32, .float16, .uint8].contains(input.element) else {
            throw .shape(
                model: name, tensor: input.name, expected: "float32, float16 or uint8 \(shape)", found: input.shapeText)
        }
        return input
    }

    /// Runs on one frame.
    /// - Parameters:
    ///   - frame: gray8, bgr24, bgrPlanar or i420, of any size up to 16384 pixels a side.
    ///   - resize: instead of the manifest's.
    ///   - confidence: instead of the manifest's threshold, 0...1.
    ///   - preview: where to take a frame from for the picture the network saw; nil when nobody wants it.
    public func infer(
        _ frame: Frame, resize: ModelManifest.Resize? = nil, confidence: Float? = nil, preview: FramePool? = nil
    ) throws(InferenceError) -> InferenceResult {
        try work.withLock { (work: inout sending Workspace) throws(InferenceError) -> InferenceResult in
            let letterbox = try work.picture.draw(frame, resize: resize ?? manifest.input.resize)
            let seen = preview.flatMap { work.picture.preview(of: frame.header, from: $0) }
            let threshold = confidence ?? manifest.thresholds.confidence
            let workspace = work
            let raw = try engine.run(
                fill: { (name, buffer) throws(InferenceError) in
                    guard name == inputName else { return }
                    workspace.writer.write(workspace.picture, to: buffer)
                },
                { (views) throws(InferenceError) -> [Tensor] in read(views, workspace, threshold: threshold) })
            return InferenceResult(detections: finish(&workspace.candidates, letterbox), tensors: raw, preview: seen)
        }
    }

    /// Reads outputs that the network gave elsewhere, as `infer` reads those it gives here.
    /// - Parameters:
    ///   - views: all outputs, in the order of `outputs`, each with the name, shape and type it has there.
    ///   - picture: of the frame that the network was shown.
    ///   - resize: how it was made the network's size, where not as the manifest says.
    ///   - confidence: instead of the manifest's threshold, 0...1.
    /// - Throws: `shape` for the outputs of another network.
    package func decode(
        _ views: [TensorView], of picture: FrameHeader, resize: ModelManifest.Resize? = nil, confidence: Float? = nil
    ) throws(InferenceError) -> InferenceResult {
        let found = views.map { TensorDescription(name: $0.name, shape: $0.shape, element: $0.element) }
        guard found == outputs else {
            throw .shape(
                model: name, tensor: "outputs", expected: outputs.map { "\($0.name) \($0.shapeText)" }.joined(separator: ", "),
                found: found.map { "\($0.name) \($0.shapeText)" }.joined(separator: ", "))
        }
        let letterbox = Letterbox(
            frameWidth: picture.width, frameHeight: picture.height, networkWidth: inputWidth, networkHeight: inputHeight,
            resize: resize ?? manifest.input.resize)
        let lent = LentViews(views: views)
        return work.withLock { work in
            let raw = read(lent.views, work, threshold: confidence ?? manifest.thresholds.confidence)
            return InferenceResult(detections: finish(&work.candidates, letterbox), tensors: raw, preview: nil)
        }
    }

    /// The outputs of a raw network; those of the others become candidates.
    private func read(_ views: [TensorView], _ workspace: Workspace, threshold: Float) -> [Tensor] {
        guard let decoder else { return views.map(Tensor.init) }
        workspace.candidates.start(pointsPerCandidate: decoder.landmarks)
        decoder.decode(views, workspace.tensors, threshold: threshold, into: &workspace.candidates)
        return []
    }

    /// Draws a frame as the network sees it, for networks that run elsewhere; nil when the pool has no free frame.
    package func preview(
        of frame: Frame, resize: ModelManifest.Resize? = nil, from pool: FramePool
    ) throws(InferenceError) -> Frame? {
        try work.withLock { (work) throws(InferenceError) -> Frame? in
            _ = try work.picture.draw(frame, resize: resize ?? manifest.input.resize)
            return work.picture.preview(of: frame.header, from: pool)
        }
    }

    /// Suppresses duplicates and moves what is left to fractions of the frame.
    private func finish(_ list: inout CandidateList, _ letterbox: Letterbox) -> [Detection] {
        guard decoder != nil else { return [] }
        // Rows of DetectionOutput have been through suppression inside the network.
        list.suppress(
            iou: manifest.thresholds.iou, acrossLabels: manifest.thresholds.acrossLabels, limit: manifest.decoder.candidates,
            limitPerClass: manifest.family == .ssd,
            maximum: manifest.thresholds.maximumDetections)
        return list.candidates.map { candidate in
            let low = letterbox.frameFraction(x: candidate.left, y: candidate.top)
            let high = letterbox.frameFraction(x: candidate.right, y: candidate.bottom)
            return Detection(
                label: candidate.label, confidence: min(1, max(0, candidate.score)),
                box: NormalizedBox(xMin: low.x, yMin: low.y, xMax: high.x, yMax: high.y).clamped,
                landmarks: list.landmarks(of: candidate).map { letterbox.frameFraction(x: $0.x, y: $0.y) })
        }
    }
}

/// `@unchecked Sendable`: read by the caller's own thread only, while the caller waits.
private struct LentViews: @unchecked Sendable {
    let views: [TensorView]
}
