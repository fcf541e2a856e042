// SPDX-License-Identifier: Apache-2.0

/// The geometry software convolutions and poolings start with.
private struct Geometry {
    var kernelWidth: Int
    var kernelHeight: Int
    var strideX: Int
    var strideY: Int
    var left: Int
    var top: Int

    init(_ parameters: inout BlobParameters) throws(BlobStageFault) {
        kernelWidth = try parameters.count()
        kernelHeight = try parameters.count()
        strideX = try parameters.count()
        strideY = try parameters.count()
        left = try parameters.count()
        top = try parameters.count()
        let isSane = [kernelWidth, kernelHeight, strideX, strideY].allSatisfy { (1...4096).contains($0) }
        guard isSane, left <= 4096, top <= 4096 else {
            throw BlobStageFault(
                "a kernel of \(kernelWidth) × \(kernelHeight), step \(strideX) × \(strideY), padding \(left), \(top)")
        }
    }

    var kernel: Int { kernelWidth * kernelHeight }
}

extension BlobLowering {
    /// Convolutions on the vector processors. A fourth operand, if any, is scratch memory, or in old blobs a bias that a
    /// later stage adds.
    func softwareConvolution(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let geometry = try Geometry(&parameters)
        let dilation = (try parameters.count(), try parameters.count())
        let (input, output) = (try operand(stage, 0), try operand(stage, 1))
        let sizes = try self.sizes(output, planarAxes)
        let (inputs, outputs) = (try self.sizes(input, planarAxes)[1], sizes[1])
        try check(inputs, outputs)
        let stored = try constantFloats(operand(stage, 2))
        guard stored.count == inputs * outputs * geometry.kernel else {
            throw BlobStageFault(
                "\(stored.count) weights for \(inputs) inputs, \(outputs) outputs, a kernel of \(geometry.kernel)")
        }
        let layout = layout(geometry, input, inputs: inputs, outputs: outputs)
        var convolution = BlobConvolution(
            weights: layout.reordered(stored, outputs: outputs, inputs: inputs, kernel: geometry.kernel), outputs: outputs,
            inputs: inputs, kernelWidth: geometry.kernelWidth, kernelHeight: geometry.kernelHeight)
        convolution.apply(geometry, dilation)
        try write(convolve(convolution, input, width: sizes[3], height: sizes[2]), to: output, planarAxes)
    }

    private func check(_ inputs: Int, _ outputs: Int) throws(BlobStageFault) {
        guard max(inputs, outputs) <= 65_536 else { throw BlobStageFault("\(inputs) input and \(outputs) output channels") }
    }

    /// The order of a software convolution's weights follows from which kernel the vector processors use.
    private func layout(_ geometry: Geometry, _ input: BlobBuffer, inputs: Int, outputs: Int) -> WeightOrder {
        let (width, height) = (geometry.kernelWidth, geometry.kernelHeight)
        guard input.tensor.axes.last == BlobAxis.channel else {
            return geometry.kernel == 1 ? .outputInputKernel : .kernelOutputInput
        }
        if (2..<12).contains(width), width % 2 == 1, height != 1, inputs * outputs <= 256 { return .kernelInputOutput }
        if geometry.kernel == 1 { return .outputInputKernel }
        if width == 3, height == 3, inputs > 3, inputs * outputs > 256 { return .kernelOutputInput }
        return .outputKernelInput
    }

    /// One filter per channel, weights [kernel][channels].
    func depthConvolution(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let geometry = try Geometry(&parameters)
        let dilation = (try parameters.count(), try parameters.count())
        let (input, output) = (try operand(stage, 0), try operand(stage, 1))
        let sizes = try sizes(output, planarAxes)
        let stored = try constantFloats(operand(stage, 2))
        let channels = sizes[1]
        try check(channels, channels)
        guard stored.count == channels * geometry.kernel, try size(input, BlobAxis.channel) == channels else {
            throw BlobStageFault("\(stored.count) weights for \(channels) channels and a kernel of \(geometry.kernel)")
        }
        var convolution = BlobConvolution(
            weights: WeightOrder.kernelOutputInput.reordered(stored, outputs: channels, inputs: 1, kernel: geometry.kernel),
            outputs: channels, inputs: channels, kernelWidth: geometry.kernelWidth, kernelHeight: geometry.kernelHeight)
        convolution.isDepthwise = true
        convolution.apply(geometry, dilation)
        try write(convolve(convolution, input, width: sizes[3], height: sizes[2]), to: output, planarAxes)
    }

    /// Transposed convolutions. Their weights are stored for the convolution over the input with zeros between its
    /// elements; turned round again they are ONNX's.
    func deconvolution(_ stage: BlobStage, _ parameters: inout BlobParameters, isDepthwise: Bool) throws(BlobStageFault) {
        let geometry = try Geometry(&parameters)
        let (input, output) = (try operand(stage, 0), try operand(stage, 1))
        let (source, target) = (try sizes(input, planarAxes), try sizes(output, planarAxes))
        let stored = try constantFloats(operand(stage, 2))
        let (inputs, outputs) = (source[1], target[1])
        try check(inputs, outputs)
        let perGroup = isDepthwise ? 1 : inputs
        guard stored.count == outputs * perGroup * geometry.kernel, !isDepthwise || inputs == outputs else {
            throw BlobStageFault(
                "\(stored.count) weights for \(inputs) inputs, \(outputs) outputs, a kernel of \(geometry.kernel)")
        }
        let isPlanar = input.tensor.axes.last != BlobAxis.channel
        let order: WeightOrder = isDepthwise && isPlanar ? .outputInputKernel : .kernelOutputInput
        let rotated = order.reordered(stored, outputs: outputs, inputs: perGroup, kernel: geometry.kernel)
        let weights = Self.transposed(
            rotated, outputs: outputs, inputs: perGroup, kernel: geometry.kernel, isDepthwise: isDepthwise)
        let right = (source[3] - 1) * geometry.strideX + geometry.kernelWidth - geometry.left - target[3]
        let bottom = (source[2] - 1) * geometry.strideY + geometry.kernelHeight - geometry.top - target[2]
        let value = graph.add(
            "ConvTranspose",
            [
                try readFloats(input, planarAxes),
                graph.constant(
                    weights,
                    shape: [inputs, isDepthwise ? 1 : outputs, geometry.kernelHeight, geometry.kernelWidth]),
            ],
            [
                "kernel_shape": .ints([geometry.kernelHeight, geometry.kernelWidth]),
                "strides": .ints([geometry.strideY, geometry.strideX]), "group": .int(isDepthwise ? inputs : 1),
                "pads": .ints([geometry.top, geometry.left, max(0, bottom), max(0, right)]),
                "output_padding": .ints([max(0, -bottom), max(0, -right)]),
            ], shape: target)
        guard -bottom < geometry.strideY, -right < geometry.strideX else {
            throw BlobStageFault("an output of \(target) from an input of \(source)")
        }
        try write(value, to: output, planarAxes)
    }

    /// [outputs][inputs][kernel] turned by 180° to [inputs][outputs][kernel].
    private static func transposed(_ weights: [Float], outputs: Int, inputs: Int, kernel: Int, isDepthwise: Bool) -> [Float] {
        var result = weights
        for output in 0..<outputs {
            for input in 0..<inputs {
                let (from, to) = (
                    (output * inputs + input) * kernel, (isDepthwise ? output : input * outputs + output) * kernel
                )
                for index in 0..<kernel { result[to + index] = weights[from + kernel - 1 - index] }
            }
        }
        return result
    }

    /// Matrix times vector; the input's elements are taken in the order height, width, channel; weights [H·W][C][outputs].
    func fullyConnected(_ stage: BlobStage) throws(BlobStageFault) {
        let (input, output) = (try operand(stage, 0), try operand(stage, 1))
        let source = try sizes(input, planarAxes)
        let target = try sizes(output, planarAxes)
        let stored = try constantFloats(operand(stage, 2))
        let (inputs, outputs) = (source[1] * source[2] * source[3], target[1])
        guard stored.count == inputs * outputs, target[0] == source[0], target[2] * target[3] == 1 else {
            throw BlobStageFault("\(stored.count) weights for \(inputs) inputs and \(outputs) outputs")
        }
        let rows = graph.reshape(
            try readFloats(input, [BlobAxis.batch, BlobAxis.height, BlobAxis.width, BlobAxis.channel]), [source[0], inputs])
        let product = graph.add(
            "MatMul", [rows, graph.constant(stored, shape: [inputs, outputs])], shape: [source[0], outputs])
        try write(product, to: output, planarAxes)
    }
}

extension BlobConvolution {
    fileprivate mutating func apply(_ geometry: Geometry, _ dilation: (Int, Int)) {
        (strideX, strideY) = (geometry.strideX, geometry.strideY)
        (left, top) = (geometry.left, geometry.top)
        (dilationX, dilationY) = (max(1, dilation.0), max(1, dilation.1))
    }
}

extension BlobLowering {
    /// Pools on the vector processors.
    func pooling(_ stage: BlobStage, _ parameters: inout BlobParameters, isMaximum: Bool) throws(BlobStageFault) {
        let geometry = try Geometry(&parameters)
        let excludesPadding = try parameters.flag()
        let (input, output) = (try operand(stage, 0), try operand(stage, 1))
        let sizes = try sizes(output, planarAxes)
        let pool = BlobPool(
            isMaximum: isMaximum, kernelWidth: geometry.kernelWidth, kernelHeight: geometry.kernelHeight,
            strideX: geometry.strideX, strideY: geometry.strideY, left: geometry.left, top: geometry.top,
            excludesPadding: excludesPadding)
        let pooled = try graph.pool(readFloats(input, planarAxes), pool, width: sizes[3], height: sizes[2])
        try write(pooled, to: output, planarAxes)
    }

    func globalPooling(_ stage: BlobStage, isMaximum: Bool) throws(BlobStageFault) {
        let source = try readFloats(operand(stage, 0), planarAxes)
        let shape = graph.shape(source)
        let pooled = graph.add(
            isMaximum ? "GlobalMaxPool" : "GlobalAveragePool", [source], shape: [shape[0], shape[1], 1, 1])
        try write(pooled, to: operand(stage, 1), planarAxes)
    }
}

/// How convolution weights lie in memory, outermost first.
private enum WeightOrder {
    case kernelInputOutput, outputInputKernel, kernelOutputInput, outputKernelInput

    /// The same weights as [output][input][kernel].
    func reordered(_ weights: [Float], outputs: Int, inputs: Int, kernel: Int) -> [Float] {
        // Elements between neighbours of output, input and kernel.
        let (output, input, tap): (Int, Int, Int) =
            switch self {
            case .kernelInputOutput: (1, outputs, inputs * outputs)
            case .outputInputKernel: (inputs * kernel, kernel, 1)
            case .kernelOutputInput: (inputs, 1, inputs * outputs)
            case .outputKernelInput: (inputs * kernel, 1, inputs)
            }
        var result: [Float] = []
        result.reserveCapacity(weights.count)
        for o in 0..<outputs {
            for i in 0..<inputs {
                for k in 0..<kernel { result.append(weights[o * output + i * input + k * tap]) }
            }
        }
        return result
    }
}
