// SPDX-License-Identifier: Apache-2.0

extension BlobHardwareOperation {
    init(_ cursor: inout BlobCursor) throws(BlobFormatError) {
        let start = cursor.position
        let code = try cursor.unsigned()
        let isAverage = code == 4 ? try cursor.flag() : false
        _ = try cursor.unsigned()  // How the multipliers are arranged.
        isPadded = try cursor.flag()
        paddedEdges = isPadded ? try cursor.count() : 0
        input = try cursor.signed()
        output = try cursor.signed()
        coefficients = try cursor.signed()
        biases = try cursor.signed()
        scales = try cursor.signed()
        if code == 2 {
            let (first, inputs) = (try cursor.count(), try cursor.count())
            firstChannel = try cursor.count()
            channels = try cursor.count()
            kind = .fullyConnected(firstInput: first, inputs: inputs, accumulates: try cursor.flag())
            (kernelWidth, kernelHeight, stride) = (1, 1, 1)
        } else {
            firstChannel = try cursor.count()
            channels = try cursor.count()
            kernelWidth = try cursor.count()
            kernelHeight = try cursor.count()
            stride = try cursor.count()
            switch code {
            case 0: kind = .convolution
            case 1: kind = .convolutionWithPooling(width: try cursor.count(), height: try cursor.count())
            case 4: kind = isAverage ? .averagePooling : .maximumPooling
            default: throw BlobFormatError(offset: start, reason: "hardware operation \(code) is not known")
            }
        }
        relu = nil
        if try cursor.flag() {
            relu = Relu(threshold: try cursor.signed(), below: try cursor.signed(), above: try cursor.signed())
        }
        clamp = try cursor.flag() ? try cursor.float() : nil
        // Whether the hardware may keep data or coefficients of the operation before: no concern here.
        for _ in 0..<2 { _ = try cursor.unsigned() }
    }
}
