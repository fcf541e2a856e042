// SPDX-License-Identifier: Apache-2.0
internal import CKernels

extension BlobLowering {
    /// The convolution hardware.
    func hardware(_ stage: BlobStage) throws(BlobStageFault) {
        var sums: [Int: BlobGraph.Value] = [:]
        for operation in merged(stage.hardware) {
            try check(operation)
            switch operation.kind {
            case .convolution, .convolutionWithPooling: try convolution(operation, stage)
            case .maximumPooling, .averagePooling: try pooling(operation, stage)
            case .fullyConnected: try fullyConnected(operation, stage, &sums)
            }
        }
    }

    /// Numbers no hardware has would only overflow later.
    private func check(_ operation: BlobHardwareOperation) throws(BlobStageFault) {
        var sizes = [operation.kernelWidth, operation.kernelHeight, operation.stride]
        var places = [operation.firstChannel, operation.channels]
        switch operation.kind {
        case .convolutionWithPooling(let width, let height): sizes += [width, height]
        case .fullyConnected(let first, let inputs, _): places += [first, inputs]
        case .convolution, .maximumPooling, .averagePooling: break
        }
        guard sizes.allSatisfy((1...4096).contains), places.allSatisfy((0...1 << 24).contains) else {
            throw BlobStageFault("windows and steps of \(sizes), channels and inputs at \(places)")
        }
    }

    /// Operations that differ in their channels only and follow each other are one.
    private func merged(_ operations: [BlobHardwareOperation]) -> [BlobHardwareOperation] {
        var merged: [BlobHardwareOperation] = []
        for operation in operations {
            if case .fullyConnected = operation.kind {
                merged.append(operation)
                continue
            }
            if let last = merged.last, last.firstChannel + last.channels == operation.firstChannel {
                var same = operation
                (same.firstChannel, same.channels) = (last.firstChannel, last.channels)
                if same == last {
                    merged[merged.count - 1].channels += operation.channels
                    continue
                }
            }
            merged.append(operation)
        }
        return merged
    }

    private func convolution(_ operation: BlobHardwareOperation, _ stage: BlobStage) throws(BlobStageFault) {
        let input = try operand(stage, operation.input)
        let output = try operand(stage, operation.output)
        var target = try view(output, planarAxes)
        let first = operation.firstChannel
        let channels = min(operation.channels, target.dimensions[1] - first)
        guard channels > 0 else {
            throw BlobStageFault("output channels \(first)... of \(target.dimensions[1])")
        }
        var (scales, biases) = try affine(operation, stage, first: first, channels: channels)
        let factor = activationFactor(operation)
        for index in scales.indices { scales[index] *= factor }
        for index in biases.indices { biases[index] *= factor }
        var convolution = try weights(
            operation, stage, channels: channels, inputs: sizes(input, planarAxes)[1], scales: scales)
        convolution.bias = biases
        if operation.isPadded {
            (convolution.left, convolution.top) = (operation.kernelWidth / 2, operation.kernelHeight / 2)
        }
        (convolution.strideX, convolution.strideY) = (operation.stride, operation.stride)
        let (height, width) = (target.dimensions[2], target.dimensions[3])
        var result: BlobGraph.Value
        if case .convolutionWithPooling(let poolWidth, let poolHeight) = operation.kind {
            let sums = try convolve(convolution, input, width: 2 * width, height: 2 * height)
            let pool = BlobPool(
                isMaximum: true, kernelWidth: poolWidth, kernelHeight: poolHeight, strideX: 2, strideY: 2, left: 0, top: 0)
            result = try graph.pool(activated(sums, operation), pool, width: width, height: height)
        } else {
            result = activated(try convolve(convolution, input, width: width, height: height), operation)
        }
        target.start += first * target.strides[1]
        target.dimensions[1] = channels
        result = graph.reshape(result, target.dimensions)
        try store(result, target, output)
    }

    /// Scales and biases of the channels, as w' = w·scale and b' = b·scale.
    private func affine(_ operation: BlobHardwareOperation, _ stage: BlobStage, first: Int, channels: Int)
        throws(BlobStageFault) -> (scales: [Float], biases: [Float])
    {
        func list(_ index: Int, _ what: String) throws(BlobStageFault) -> ArraySlice<Float>? {
            guard index >= 0 else { return nil }
            let values = try constantFloats(operand(stage, index))
            guard values.count >= first + channels else {
                throw BlobStageFault("\(values.count) \(what) for channels \(first)..<\(first + channels)")
            }
            return values[first..<first + channels]
        }
        let scales = try list(operation.scales, "scales").map { Array($0) } ?? Array(repeating: 1, count: channels)
        let biases = try list(operation.biases, "biases").map { Array($0) } ?? Array(repeating: 0, count: channels)
        return (scales, zip(biases, scales).map { $0 * $1 })
    }

    /// Coefficients [outputs / 8][inputs][kernel][8].
    private func weights(
        _ operation: BlobHardwareOperation, _ stage: BlobStage, channels: Int, inputs: Int, scales: [Float]
    ) throws(BlobStageFault) -> BlobConvolution {
        let buffer = try operand(stage, operation.coefficients)
        let (shape, first) = (try shape(buffer), operation.firstChannel)
        let kernel = operation.kernelWidth * operation.kernelHeight
        guard buffer.location == .constants, buffer.tensor.element == .float16, shape.isRowMajor(elementBytes: 2),
            shape.dimensions.count == 4, shape.dimensions[3] == 8, shape.dimensions[2] == kernel,
            shape.dimensions[0] * 8 >= first + channels
        else {
            throw BlobStageFault("coefficients of shape \(shape.dimensions) for \(channels) channels and a kernel of \(kernel)")
        }
        let stored = shape.dimensions[1]
        let used = min(stored, inputs)
        let start = blob.constants.lowerBound + buffer.offset
        let halves = shape.count
        let weights = [Float](unsafeUninitializedCapacity: channels * used * kernel) { target, count in
            count = channels * used * kernel
            blob.bytes.withUnsafeBytes { bytes in
                // Constants lie at multiples of 64 bytes; a file that breaks this is read through an aligned copy.
                let source = UnsafeRawBufferPointer(rebasing: bytes[start..<start + 2 * halves])
                guard let base = source.baseAddress, let target = target.baseAddress else { return }
                if Int(bitPattern: base) % 2 == 0 {
                    dk_blob_hardware_weights(
                        base.assumingMemoryBound(to: UInt16.self), stored, kernel, first, channels, used, scales, target)
                } else {
                    var copy = [UInt16](repeating: 0, count: halves)
                    copy.withUnsafeMutableBytes { $0.copyMemory(from: source) }
                    dk_blob_hardware_weights(copy, stored, kernel, first, channels, used, scales, target)
                }
            }
        }
        return BlobConvolution(
            weights: weights, outputs: channels, inputs: used, kernelWidth: operation.kernelWidth,
            kernelHeight: operation.kernelHeight)
    }

    /// v < 0 ? v·below : v·above is LeakyRelu of v·above; that factor is folded into the weights.
    private func activationFactor(_ operation: BlobHardwareOperation) -> Float {
        guard let relu = operation.relu, relu.threshold == 0, relu.above > 0 else { return 1 }
        return Float(relu.above)
    }

    private func activated(_ value: BlobGraph.Value, _ operation: BlobHardwareOperation) -> BlobGraph.Value {
        var value = value
        if let relu = operation.relu {
            if relu.threshold == 0, relu.above > 0 {
                value = graph.leakyRelu(value, slope: Float(relu.below) / Float(relu.above))
            } else {
                value = stepped(value, relu)
            }
        }
        if let clamp = operation.clamp { value = graph.clip(value, 0, clamp) }
        return value
    }

    private func stepped(_ value: BlobGraph.Value, _ relu: BlobHardwareOperation.Relu) -> BlobGraph.Value {
        let isBelow = graph.combine("Less", value, graph.scalar(Float(relu.threshold)), kind: .bool)
        return graph.add(
            "Where", [isBelow, graph.multiply(value, Float(relu.below)), graph.multiply(value, Float(relu.above))],
            shape: graph.shape(value))
    }

    /// Pools over all channels of all samples.
    private func pooling(_ operation: BlobHardwareOperation, _ stage: BlobStage) throws(BlobStageFault) {
        let input = try operand(stage, operation.input)
        let output = try operand(stage, operation.output)
        var (source, target) = (try view(input, planarAxes), try view(output, planarAxes))
        let total = target.dimensions[0] * target.dimensions[1]
        let first = operation.firstChannel
        let channels = min(operation.channels, total - first)
        guard channels > 0, first + channels <= source.dimensions[0] * source.dimensions[1] else {
            throw BlobStageFault("channels \(first)..<\(first + operation.channels) of \(total)")
        }
        if source.dimensions[0] == 1, target.dimensions[0] == 1 {
            source.start += first * source.strides[1]
            target.start += first * target.strides[1]
            (source.dimensions[1], target.dimensions[1]) = (channels, channels)
        } else if channels != total || source.dimensions[..<2] != target.dimensions[..<2] {
            throw BlobStageFault("it pools channels \(first)..<\(first + channels) of a batch")
        }
        let pool = try hardwarePool(operation, source, target)
        let value = graph.asFloat(try load(source, from: input))
        let pooled = try graph.pool(value, pool, width: target.dimensions[3], height: target.dimensions[2])
        let scaled = graph.multiply(pooled, activationFactor(operation))
        try store(activated(scaled, operation), target, output)
    }

    private func hardwarePool(_ operation: BlobHardwareOperation, _ source: BlobView, _ target: BlobView)
        throws(BlobStageFault) -> BlobPool
    {
        let (width, height, stride) = (operation.kernelWidth, operation.kernelHeight, operation.stride)
        var (left, top) = (0, 0)
        if operation.isPadded, operation.kind == .maximumPooling {
            left = operation.paddedEdges & 8 != 0 ? width / 2 : 0
            top = operation.paddedEdges & 4 != 0 ? height / 2 : 0
        } else if operation.isPadded {
            // The flags are not set for averages; padding both sides shows in the size.
            let extraX = (target.dimensions[3] - 1) * stride + width - source.dimensions[3]
            let extraY = (target.dimensions[2] - 1) * stride + height - source.dimensions[2]
            left = extraX > (width - 1) / 2 ? width / 2 : 0
            top = extraY > (height - 1) / 2 ? height / 2 : 0
        }
        return BlobPool(
            isMaximum: operation.kind == .maximumPooling, kernelWidth: width, kernelHeight: height, strideX: stride,
            strideY: stride, left: left, top: top)
    }

    /// Matrix times vector, possibly in slices of inputs whose sums add up.
    private func fullyConnected(
        _ operation: BlobHardwareOperation, _ stage: BlobStage, _ sums: inout [Int: BlobGraph.Value]
    ) throws(BlobStageFault) {
        guard case .fullyConnected(let firstInput, let inputs, let accumulates) = operation.kind else { return }
        let input = try operand(stage, operation.input)
        let output = try operand(stage, operation.output)
        let flat = try sizes(input, planarAxes).reduce(1, *)
        var target = try view(output, planarAxes)
        let first = operation.firstChannel
        let channels = min(operation.channels, target.dimensions[1] - first)
        let used = min(inputs, flat - firstInput)
        guard channels > 0, used > 0, target.dimensions[0] == 1, target.dimensions[2] == 1, target.dimensions[3] == 1 else {
            throw BlobStageFault("it connects inputs \(firstInput)... of \(flat) to outputs \(first)... of \(target.dimensions)")
        }
        let affine = try affine(operation, stage, first: first, channels: channels)
        let ones = [Float](repeating: 1, count: channels)
        let matrix = try weights(operation, stage, channels: channels, inputs: firstInput + used, scales: ones)
        guard matrix.inputs == firstInput + used else { throw BlobStageFault("coefficients for \(matrix.inputs) inputs") }
        let source = graph.reshape(try readFloats(input, planarAxes), [1, flat])
        var columns = matrix
        columns.keep(firstInput..<firstInput + used)
        let product = graph.add(
            "Gemm",
            [
                graph.slice(source, axis: 1, firstInput..<firstInput + used),
                graph.constant(columns.weights, shape: [channels, used]),
            ],
            ["transB": .int(1)], shape: [1, channels])
        let sum = sums[first].map { graph.combine("Add", $0, product) } ?? product
        sums[first] = accumulates ? sum : nil
        guard !accumulates else { return }
        let scaled = graph.combine("Mul", sum, graph.constant(affine.scales, shape: [1, channels]))
        let shifted = graph.combine("Add", scaled, graph.constant(affine.biases, shape: [1, channels]))
        target.start += first * target.strides[1]
        target.dimensions[1] = channels
        try store(activated(graph.multiply(shifted, activationFactor(operation)), operation), target, output)
    }
}
