// SPDX-License-Identifier: Apache-2.0

/// A two-dimensional convolution with known weights, before it becomes an operator.
struct BlobConvolution {
    /// [outputs][inputs][kernelHeight][kernelWidth]
    var weights: [Float]
    var outputs: Int
    var inputs: Int
    var kernelWidth: Int
    var kernelHeight: Int
    var strideX = 1
    var strideY = 1
    var dilationX = 1
    var dilationY = 1
    var left = 0
    var top = 0
    /// One per output.
    var bias: [Float]?
    /// Already one group per output channel.
    var isDepthwise = false

    var kernel: Int { kernelWidth * kernelHeight }

    /// Columns of the (padded) input that so many columns of output need.
    func columns(for width: Int) -> Int { (width - 1) * strideX + (kernelWidth - 1) * dilationX + 1 }
    func rows(for height: Int) -> Int { (height - 1) * strideY + (kernelHeight - 1) * dilationY + 1 }

    /// The first and last input channel each output uses, or nil for one that uses none.
    private func usedInputs() -> [ClosedRange<Int>?] {
        weights.withUnsafeBufferPointer { weights in
            (0..<outputs).map { output in
                let start = output * inputs
                func isUsed(_ input: Int) -> Bool {
                    let first = (start + input) * kernel
                    return weights[first..<first + kernel].contains { $0 != 0 }
                }
                guard let low = (0..<inputs).first(where: isUsed), let high = (0..<inputs).last(where: isUsed) else { return nil }
                return low...high
            }
        }
    }

    /// The most groups the weights split into: each output uses inputs of its own group only.
    ///
    /// The compiler writes grouped and depthwise convolutions as ordinary ones whose weights are mostly zeros.
    private func groups(_ used: [ClosedRange<Int>?], of inputs: Int) -> Int {
        let divisors = (1...max(1, min(inputs, outputs))).filter { inputs % $0 == 0 && outputs % $0 == 0 }
        return divisors.last { groups in
            let (perInput, perOutput) = (inputs / groups, outputs / groups)
            return used.indices.allSatisfy { output in
                guard let range = used[output] else { return true }
                let group = output / perOutput
                return range.lowerBound / perInput == group && range.upperBound / perInput == group
            }
        } ?? 1
    }

    /// Which inputs are worth reading, and in how many groups. Channels no output uses are padding and may never have
    /// been written; but the channels of a grouped convolution stay together.
    func partition() -> (inputs: Range<Int>, groups: Int) {
        let used = usedInputs()
        guard let low = used.compactMap({ $0?.lowerBound }).min(), let high = used.compactMap({ $0?.upperBound }).max() else {
            return (0..<1, 1)
        }
        let trimmed = groups(used.map { $0.map { $0.lowerBound - low...$0.upperBound - low } }, of: high + 1 - low)
        let whole = groups(used, of: inputs)
        return whole > trimmed ? (0..<inputs, whole) : (low..<high + 1, trimmed)
    }

    /// Keeps the weights of some inputs only.
    mutating func keep(_ range: Range<Int>) {
        guard range.count < inputs else { return }
        var kept: [Float] = []
        kept.reserveCapacity(outputs * range.count * kernel)
        for output in 0..<outputs {
            let first = output * inputs * kernel
            kept += weights[first + range.lowerBound * kernel..<first + range.upperBound * kernel]
        }
        (weights, inputs) = (kept, range.count)
    }

    /// Keeps each group's own inputs only: [outputs][inputs / groups][kernel].
    func weights(groups: Int) -> [Float] {
        guard groups > 1 else { return weights }
        let (perInput, perOutput) = (inputs / groups, outputs / groups)
        var kept: [Float] = []
        kept.reserveCapacity(outputs * perInput * kernel)
        for output in 0..<outputs {
            let first = (output * inputs + output / perOutput * perInput) * kernel
            kept += weights[first..<first + perInput * kernel]
        }
        return kept
    }
}

extension BlobLowering {
    /// Adds a convolution that reads part of `input` (NCHW) and gives `width` × `height`; the padding on the right and at
    /// the bottom is whatever that needs, and input that nothing needs is left out.
    func convolve(_ convolution: BlobConvolution, _ input: BlobBuffer, width: Int, height: Int) throws(BlobStageFault)
        -> BlobGraph.Value
    {
        var (convolution, view) = (convolution, try view(input, planarAxes))
        guard view.dimensions[1] >= convolution.inputs else {
            throw BlobStageFault("\(view.dimensions[1]) input channels for weights of \(convolution.inputs)")
        }
        view.dimensions[1] = convolution.inputs
        var groups = convolution.inputs
        if !convolution.isDepthwise {
            let kept: Range<Int>
            (kept, groups) = convolution.partition()
            convolution.keep(kept)
            view.start += kept.lowerBound * view.strides[1]
            view.dimensions[1] = kept.count
        }
        let right = convolution.columns(for: width) - view.dimensions[3] - convolution.left
        let bottom = convolution.rows(for: height) - view.dimensions[2] - convolution.top
        view.dimensions[3] += min(0, right)
        view.dimensions[2] += min(0, bottom)
        guard view.dimensions[2] > 0, view.dimensions[3] > 0 else { throw BlobStageFault("its padding covers the whole input") }
        let weights = graph.constant(
            convolution.isDepthwise ? convolution.weights : convolution.weights(groups: groups),
            shape: [convolution.outputs, convolution.inputs / groups, convolution.kernelHeight, convolution.kernelWidth])
        let bias = convolution.bias.flatMap { bias in
            bias.contains { $0 != 0 } ? graph.constant(bias, shape: [bias.count]) : nil
        }
        let source = graph.asFloat(try load(view, from: input))
        return graph.add(
            "Conv", [source, weights] + (bias.map { [$0] } ?? []),
            [
                "kernel_shape": .ints([convolution.kernelHeight, convolution.kernelWidth]),
                "strides": .ints([convolution.strideY, convolution.strideX]),
                "dilations": .ints([convolution.dilationY, convolution.dilationX]),
                "pads": .ints([convolution.top, convolution.left, max(0, bottom), max(0, right)]), "group": .int(groups),
            ], shape: [view.dimensions[0], convolution.outputs, height, width])
    }
}
