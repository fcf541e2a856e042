// SPDX-License-Identifier: Apache-2.0

/// Stages ONNX has no operator for.
extension BlobLowering {
    func hostOperation(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        switch stage.type {
        case 37: try detectionOutput(stage, &parameters)
        case 43: try decodeText(stage)
        case 64: try proposal(stage, &parameters)
        case 65: try poolRegions(stage, &parameters)
        default: try poolPositions(stage, &parameters)
        }
    }

    private func flat(_ stage: BlobStage, _ index: Int) throws(BlobStageFault) -> BlobGraph.Value {
        graph.asFloat(try readStored(operand(stage, index)))
    }

    /// Adds the operation; its results fill the operands in the order of memory.
    private func add(_ operation: any BlobHostOperation, _ operands: [BlobGraph.Value], to targets: [BlobBuffer])
        throws(BlobStageFault)
    {
        var results: [BlobGraph.Description] = []
        for target in targets { results.append(.init(shape: try shape(target).dimensions, kind: .float)) }
        for (value, target) in zip(graph.add(operation, operands, results: results), targets) {
            try write(value, to: target, target.tensor.axes)
        }
    }

    private func detectionOutput(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        var layer = BlobDetectionOutput()
        layer.classes = try parameters.signed()
        layer.sharesLocation = try parameters.flag()
        layer.background = try parameters.signed()
        layer.overlap = try parameters.float()
        layer.candidatesPerClass = try parameters.signed()
        layer.code = try parameters.signed()
        layer.kept = try parameters.signed()
        layer.threshold = try parameters.float()
        layer.hasVariancesInOffsets = try parameters.flag()
        layer.priors = try parameters.signed()
        layer.clipsBefore = try parameters.flag()
        layer.clipsAfter = try parameters.flag()
        layer.decreasesLabels = try parameters.flag()
        (layer.width, layer.height) = (Float(try parameters.signed()), Float(try parameters.signed()))
        layer.isNormalized = try parameters.flag()
        layer.images = try parameters.signed()
        layer.objectness = try parameters.float()
        layer.hasARM = try parameters.flag()
        var operands: [BlobGraph.Value] = []
        for index in [0, 1, 2] + (layer.hasARM ? [3, 4] : []) { operands.append(try flat(stage, index)) }
        let counts = operands.map { graph.description($0).count }
        guard (1...10_000).contains(layer.classes), (1...1_000_000).contains(layer.priors), (1...64).contains(layer.images),
            (1...3).contains(layer.code)
        else { throw BlobStageFault("\(layer.classes) classes, \(layer.priors) priors, code \(layer.code)") }
        let perImage = layer.priors * layer.priorSize * (layer.hasVariancesInOffsets ? 1 : 2)
        let all = layer.images * layer.priors
        guard counts[0] >= all * layer.locations * 4, counts[1] >= all * layer.classes, counts[2] >= perImage,
            !layer.hasARM || (counts[3] >= all * 2 && counts[4] >= all * layer.locations * 4)
        else { throw BlobStageFault("operands of \(counts) numbers for \(layer.priors) priors and \(layer.classes) classes") }
        let target = try operand(stage, layer.hasARM ? 5 : 3)
        guard try shape(target).count % 7 == 0 else { throw BlobStageFault("an output that does not hold rows of seven") }
        try add(layer, operands, to: [target])
    }

    private func decodeText(_ stage: BlobStage) throws(BlobStageFault) {
        let probabilities = try flat(stage, 0)
        let shape = graph.shape(probabilities).drop { $0 == 1 }
        let full = Array(repeating: 1, count: max(0, 3 - shape.count)) + shape
        // Times, samples, classes; leading axes of one element say nothing, but samples may be one.
        let sizes = graph.shape(probabilities).count >= 3 ? Array(graph.shape(probabilities).suffix(3)) : full
        let (marks, target) = (try flat(stage, 1), try operand(stage, 2))
        guard sizes.count == 3, sizes.reduce(1, *) == graph.description(probabilities).count,
            graph.description(marks).count >= sizes[0] * sizes[1]
        else { throw BlobStageFault("probabilities \(graph.shape(probabilities)), marks \(graph.shape(marks))") }
        try add(BlobCTCDecoder(times: sizes[0], samples: sizes[1], classes: sizes[2]), [probabilities, marks], to: [target])
    }

    private func proposal(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        var layer = BlobProposal()
        layer.step = Float(try parameters.count())
        layer.base = Float(try parameters.count())
        layer.smallest = Float(try parameters.count())
        layer.candidates = try parameters.signed()
        layer.kept = try parameters.signed()
        layer.overlap = try parameters.float()
        _ = try parameters.float()
        layer.sizeScale = try parameters.float()
        layer.coordinateScale = try parameters.float()
        layer.last = try parameters.float()
        layer.clipsInitially = try parameters.flag()
        layer.clipsBefore = try parameters.flag()
        layer.clipsAfter = try parameters.flag()
        layer.normalizes = try parameters.flag()
        layer.shiftsAnchors = try parameters.flag()
        layer.roundsRatios = try parameters.flag()
        layer.swapsAxes = try parameters.flag()
        for _ in 0..<(try parameters.count()) { layer.scales.append(try parameters.float()) }
        for _ in 0..<(try parameters.count()) { layer.ratios.append(try parameters.float()) }
        // Blobs of 2021.2 and later may give scores beside the boxes.
        let hasScores = stage.buffers.count >= 6
        let first = hasScores ? 3 : 2
        let scores = try readFloats(operand(stage, 0), planarAxes)
        let offsets = try readFloats(operand(stage, first), planarAxes)
        let information = try flat(stage, first + 1)
        (layer.rows, layer.columns) = (graph.shape(scores)[2], graph.shape(scores)[3])
        let plane = layer.rows * layer.columns
        guard layer.anchors >= 1, graph.shape(scores)[0] == 1, graph.description(scores).count >= 2 * layer.anchors * plane,
            graph.description(offsets).count >= 4 * layer.anchors * plane, graph.description(information).count >= 3,
            layer.sizeScale != 0, layer.coordinateScale != 0, layer.ratios.allSatisfy({ $0 > 0 })
        else {
            throw BlobStageFault("scores \(graph.shape(scores)), offsets \(graph.shape(offsets)) for \(layer.anchors) anchors")
        }
        var targets = [try operand(stage, 1)]
        if hasScores, stage.buffers[2].isPresent { targets.append(stage.buffers[2]) }
        try add(layer, [scores, offsets, information], to: targets)
    }

    private func poolRegions(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (width, height) = (try parameters.count(), try parameters.count())
        let scale = try parameters.float()
        let method = try parameters.count()
        let features = try readFloats(operand(stage, 0), planarAxes)
        let (target, regions) = (try operand(stage, 1), try flat(stage, 2))
        let (sizes, count) = (try sizes(target, planarAxes), graph.description(regions).count / 5)
        guard count == sizes[0], sizes[1] == graph.shape(features)[1], sizes[2] == height, sizes[3] == width, method <= 1,
            graph.description(regions).count == 5 * count
        else { throw BlobStageFault("\(count) regions of \(graph.shape(features)) to \(sizes)") }
        let layer = BlobRegionPooling(
            features: graph.shape(features), regions: count, width: width, height: height, scale: scale, isBilinear: method == 1)
        let result = graph.add(layer, [features, regions], results: [.init(shape: sizes, kind: .float)])
        try write(result[0], to: target, planarAxes)
    }

    private func poolPositions(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let (group, outputs) = (try parameters.count(), try parameters.count())
        let scale = try parameters.float()
        let features = try readFloats(operand(stage, 0), planarAxes)
        let (target, regions) = (try operand(stage, 1), try flat(stage, 2))
        let (sizes, count) = (try sizes(target, planarAxes), graph.description(regions).count / 5)
        guard (1...64).contains(group), (1...100_000).contains(outputs), count == sizes[0],
            sizes == [count, outputs, group, group],
            graph.shape(features)[1] >= outputs * group * group, graph.description(regions).count == 5 * count
        else { throw BlobStageFault("\(count) regions of \(graph.shape(features)) to \(sizes)") }
        let layer = BlobPositionSensitivePooling(
            features: graph.shape(features), regions: count, group: group, outputs: outputs, scale: scale)
        let result = graph.add(layer, [features, regions], results: [.init(shape: sizes, kind: .float)])
        try write(result[0], to: target, planarAxes)
    }
}
