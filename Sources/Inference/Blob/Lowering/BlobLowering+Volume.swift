// SPDX-License-Identifier: Apache-2.0

/// Convolution and pooling over volumes. Their lists run from width to depth, as all axis lists of the format do.
extension BlobLowering {
    private var volumeAxes: [Int] { [BlobAxis.batch, BlobAxis.channel, BlobAxis.depth, BlobAxis.height, BlobAxis.width] }

    func convolution3D(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let begin = try parameters.signedList()
        let end = try parameters.signedList()
        let strides = try parameters.signedList()
        let dilations = try parameters.signedList()
        let groups = try parameters.signed()
        let (input, output) = (try operand(stage, 0), try operand(stage, 1))
        let (source, target) = (try sizes(input, volumeAxes), try sizes(output, volumeAxes))
        try check([begin, end], from: 0)
        try check([strides, dilations], from: 1)
        guard groups >= 1, max(source[1], target[1]) <= 65_536, source[1] % groups == 0, target[1] % groups == 0 else {
            throw BlobStageFault("\(groups) groups")
        }
        let buffer = try operand(stage, 2)
        let weights = try constantFloats(buffer)
        let perOutput = source[1] / groups * target[1]
        let kernel = Array(try shape(buffer).dimensions.suffix(3))
        guard kernel.count == 3, weights.count == perOutput * kernel.reduce(1, *) else {
            throw BlobStageFault("\(weights.count) weights for \(source[1]) inputs and \(target[1]) outputs")
        }
        var operands: [BlobGraph.Value?] = [
            try readFloats(input, volumeAxes), graph.constant(weights, shape: [target[1], source[1] / groups] + kernel),
        ]
        if stage.buffers.count > 3, stage.buffers[3].isPresent {
            let bias = try constantFloats(stage.buffers[3])
            guard bias.count == target[1] else { throw BlobStageFault("\(bias.count) biases for \(target[1]) outputs") }
            operands.append(graph.constant(bias, shape: [bias.count]))
        }
        let value = graph.add(
            "Conv", operands,
            [
                "kernel_shape": .ints(kernel), "strides": .ints(strides.reversed()), "dilations": .ints(dilations.reversed()),
                "pads": .ints((end + begin).reversed()), "group": .int(groups),
            ], shape: target)
        try write(value, to: output, volumeAxes)
    }

    func pooling3D(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let kernel = try parameters.signedList()
        let begin = try parameters.signedList()
        let end = try parameters.signedList()
        let strides = try parameters.signedList()
        _ = try parameters.signed()
        let method = try parameters.signed()
        let rounding = try parameters.signed()
        let excludesPadding = try parameters.flag()
        try check([begin, end], from: 0)
        try check([kernel, strides], from: 1)
        guard method == 1 || method == 2 else { throw BlobStageFault("pooling method \(method)") }
        let output = try operand(stage, 1)
        var attributes: [String: BlobGraph.Attribute] = [
            "kernel_shape": .ints(kernel.reversed()), "strides": .ints(strides.reversed()),
            "pads": .ints((end + begin).reversed()), "ceil_mode": .int(rounding == 4 ? 1 : 0),
        ]
        if method == 2 { attributes["count_include_pad"] = .int(excludesPadding ? 0 : 1) }
        let value = graph.add(
            method == 1 ? "MaxPool" : "AveragePool", [try readFloats(operand(stage, 0), volumeAxes)], attributes,
            shape: try sizes(output, volumeAxes))
        try write(value, to: output, volumeAxes)
    }

    private func check(_ lists: [[Int]], from least: Int) throws(BlobStageFault) {
        for list in lists where list.count != 3 || !list.allSatisfy((least...4096).contains) {
            throw BlobStageFault("geometry \(list) for a volume")
        }
    }
}
