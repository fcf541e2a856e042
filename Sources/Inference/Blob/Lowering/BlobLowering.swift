// SPDX-License-Identifier: Apache-2.0

/// Turns the stages of a blob, in their order, into a graph.
///
/// Stages that only move data (copies, permutations) leave nothing in the graph: the same value is noted at a new place.
final class BlobLowering {
    let blob: Blob
    let graph = BlobGraph()
    var memory = BlobMemory()
    /// The stages that cannot run here.
    private(set) var refusals: [BlobRefusal] = []

    init(_ blob: Blob) {
        self.blob = blob
    }

    /// Goes through all stages, then reads the outputs.
    func run() {
        graph.stageName = "input"
        for (index, port) in blob.inputs.enumerated() { bind(port, index) }
        for (number, stage) in blob.stages.enumerated() {
            // An injected stage is independent of its host.
            for injected in stage.injected { lower(injected, number) }
            lower(stage, number)
        }
        guard refusals.isEmpty else { return }
        graph.stageName = "output"
        for (index, port) in blob.outputs.enumerated() {
            do {
                try read(port, index)
            } catch {
                refusals.append(BlobRefusal(stage: nil, type: 0, name: "output \(port.name)", reason: error.reason))
            }
        }
    }

    private func lower(_ stage: BlobStage, _ number: Int) {
        graph.stageName = "stage \(number) \(stage.name)"
        do {
            try lower(stage)
        } catch {
            // What follows a refused stage may miss its results; only the first such refusal says something.
            guard refusals.isEmpty || !error.isConsequence else { return }
            refusals.append(BlobRefusal(stage: number, type: stage.type, name: stage.name, reason: error.reason))
        }
    }

    private func bind(_ port: BlobPort, _ index: Int) {
        guard let shape = port.tensor.shape else { return }
        let element = port.tensor.element
        let value = graph.input(port.name, shape.dimensions, BlobGraph.Kind(element))
        memory.store(
            value,
            BlobView(
                space: .input(index), element: element, start: 0, strides: Self.denseStrides(shape.dimensions, element.byteCount),
                dimensions: shape.dimensions), graph)
    }

    private func read(_ port: BlobPort, _ index: Int) throws(BlobStageFault) {
        guard let shape = port.tensor.shape else { throw BlobStageFault("its shape is known at run time only") }
        let view = BlobView(
            space: .output(index), element: port.tensor.element, start: 0, strides: shape.strides, dimensions: shape.dimensions)
        let value = try memory.load(view, graph)
        // An output that is an input, a constant or another output unchanged needs memory of its own, too.
        let isShared =
            graph.inputs.contains { $0.value == value } || graph.constants[value] != nil
            || graph.outputs.contains { $0.value == value }
        graph.outputs.append((port.name, isShared ? graph.copy(value) : value))
    }

    static func denseStrides(_ dimensions: [Int], _ elementBytes: Int) -> [Int] {
        var (strides, stride) = (dimensions, elementBytes)
        for axis in strides.indices.reversed() { (strides[axis], stride) = (stride, stride * dimensions[axis]) }
        return strides
    }
}

/// A stage that cannot run here.
public struct BlobRefusal: Sendable, Hashable, CustomStringConvertible {
    /// Its number among the blob's stages; nil for an output of the network.
    public let stage: Int?
    public let type: Int
    public let name: String
    public let reason: String

    public var description: String {
        guard let stage else { return "\(name) cannot be produced: \(reason)" }
        return "stage \(stage) (type \(type), \(name)) cannot run here: \(reason)"
    }
}
