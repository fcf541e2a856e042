// SPDX-License-Identifier: Apache-2.0

/// A two-dimensional pooling.
struct BlobPool {
    var isMaximum: Bool
    var kernelWidth: Int
    var kernelHeight: Int
    var strideX: Int
    var strideY: Int
    var left: Int
    var top: Int
    /// Averages count only what lies inside the picture.
    var excludesPadding = false
}

extension BlobGraph {
    /// Pools an NCHW value to `width` × `height`; padding on the right and at the bottom is whatever that needs.
    func pool(_ value: Value, _ pool: BlobPool, width: Int, height: Int) throws(BlobStageFault) -> Value {
        let shape = shape(value)
        let right = (width - 1) * pool.strideX + pool.kernelWidth - shape[3] - pool.left
        let bottom = (height - 1) * pool.strideY + pool.kernelHeight - shape[2] - pool.top
        guard max(pool.left, right) < pool.kernelWidth, max(pool.top, bottom) < pool.kernelHeight,
            shape[3] + min(0, right) > 0, shape[2] + min(0, bottom) > 0
        else {
            throw BlobStageFault("its windows of \(pool.kernelWidth) × \(pool.kernelHeight) reach past the padding")
        }
        var counts = shape
        counts[3] += min(0, right)
        counts[2] += min(0, bottom)
        let source = slice(value, starts: [0, 0, 0, 0], counts: counts, steps: [1, 1, 1, 1])
        var attributes: [String: Attribute] = [
            "kernel_shape": .ints([pool.kernelHeight, pool.kernelWidth]), "strides": .ints([pool.strideY, pool.strideX]),
            "pads": .ints([pool.top, pool.left, max(0, bottom), max(0, right)]),
        ]
        if !pool.isMaximum { attributes["count_include_pad"] = .int(pool.excludesPadding ? 0 : 1) }
        return add(
            pool.isMaximum ? "MaxPool" : "AveragePool", [source], attributes, shape: [shape[0], shape[1], height, width])
    }
}
