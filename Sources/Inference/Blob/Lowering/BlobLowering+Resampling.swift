// SPDX-License-Identifier: Apache-2.0

/// How an output position becomes an input position; the numbers are the format's.
private enum Coordinates: Int {
    case halfPixel = 0
    case pytorchHalfPixel, asymmetric, halfPixelForNearest, alignCorners

    /// The input position of output `index`.
    func position(_ index: Int, input: Int, output: Int) -> Double {
        let (place, scale) = (Double(index), Double(input) / Double(output))
        switch self {
        case .alignCorners: return output > 1 ? place * Double(input - 1) / Double(output - 1) : 0
        case .asymmetric: return place * scale
        case .halfPixelForNearest: return (place + 0.5) * scale
        case .pytorchHalfPixel where output == 1: return 0
        case .halfPixel, .pytorchHalfPixel: return (place + 0.5) * scale - 0.5
        }
    }

    /// ONNX's name; nil for what its linear resize has not.
    var onnxName: String? {
        switch self {
        case .halfPixel: "half_pixel"
        case .pytorchHalfPixel: "pytorch_half_pixel"
        case .asymmetric: "asymmetric"
        case .alignCorners: "align_corners"
        case .halfPixelForNearest: nil
        }
    }
}

extension BlobLowering {
    func resampling(_ stage: BlobStage, _ parameters: inout BlobParameters) throws(BlobStageFault) {
        let target = try operand(stage, 1)
        let source = try readFloats(operand(stage, 0), planarAxes)
        let sizes = try sizes(target, planarAxes)
        guard graph.shape(source)[..<2] == sizes[..<2] else { throw BlobStageFault("\(graph.shape(source)) to \(sizes)") }
        let value =
            stage.type == 67
            ? try interpolated(source, sizes, &parameters) : try nearest(source, sizes, &parameters)
        try write(value, to: target, planarAxes)
    }

    private func interpolated(_ source: BlobGraph.Value, _ sizes: [Int], _ parameters: inout BlobParameters)
        throws(BlobStageFault) -> BlobGraph.Value
    {
        let aligns = try parameters.flag()
        var coordinates = Coordinates.asymmetric
        if parameters.left >= 8 {
            _ = try parameters.count()
            coordinates = try self.coordinates(&parameters)
        }
        if aligns { coordinates = .alignCorners }
        guard let name = coordinates.onnxName else {
            return blended(blended(source, axis: 2, sizes[2], coordinates), axis: 3, sizes[3], coordinates)
        }
        guard graph.shape(source) != sizes else { return source }
        return graph.add(
            "Resize", [source, nil, nil, graph.constant(sizes)],
            ["mode": .text("linear"), "coordinate_transformation_mode": .text(name)], shape: sizes)
    }

    private func coordinates(_ parameters: inout BlobParameters) throws(BlobStageFault) -> Coordinates {
        let code = try parameters.signed()
        guard let coordinates = Coordinates(rawValue: code) else { throw BlobStageFault("coordinate mode \(code)") }
        return coordinates
    }

    /// Linear interpolation along one axis by two gathers.
    private func blended(_ value: BlobGraph.Value, axis: Int, _ size: Int, _ coordinates: Coordinates) -> BlobGraph.Value {
        let own = graph.shape(value)[axis]
        let places = (0..<size).map { index in
            min(max(coordinates.position(index, input: own, output: size), 0), Double(own - 1))
        }
        let low = places.map { Int32($0) }
        let high = low.map { min($0 + 1, Int32(own - 1)) }
        var shape = [1, 1, 1, 1]
        shape[axis] = size
        let weight = graph.constant(zip(places, low).map { Float($0 - Double($1)) }, shape: shape)
        let first = graph.gather(value, axis: axis, indices: low, shape: [size])
        let second = graph.gather(value, axis: axis, indices: high, shape: [size])
        return graph.combine("Add", first, graph.combine("Mul", graph.combine("Sub", second, first), weight))
    }

    private func nearest(_ source: BlobGraph.Value, _ sizes: [Int], _ parameters: inout BlobParameters)
        throws(BlobStageFault) -> BlobGraph.Value
    {
        _ = try parameters.signed()
        _ = try parameters.float()
        guard try parameters.count() == 0 else { throw BlobStageFault("a resampling other than nearest") }
        var coordinates = Coordinates.asymmetric
        var rounding = 2
        if parameters.left >= 8 {
            coordinates = try self.coordinates(&parameters)
            rounding = try parameters.signed()
        }
        guard (0...4).contains(rounding) else { throw BlobStageFault("rounding \(rounding)") }
        var value = source
        for axis in [2, 3] {
            let own = graph.shape(value)[axis]
            let indices = (0..<sizes[axis]).map { index in
                let place = coordinates.position(index, input: own, output: sizes[axis])
                return Int32(min(max(Self.rounded(place, rounding, shrinks: own > sizes[axis]), 0), Double(own - 1)))
            }
            if indices.enumerated().allSatisfy({ $0 == Int($1) }), own == sizes[axis] { continue }
            value = repeated(value, axis: axis, indices)
        }
        return value
    }

    /// Whole multiples are repetitions, which are cheaper than a gather.
    private func repeated(_ value: BlobGraph.Value, axis: Int, _ indices: [Int32]) -> BlobGraph.Value {
        let shape = graph.shape(value)
        let factor = indices.count / shape[axis]
        guard factor * shape[axis] == indices.count, indices.enumerated().allSatisfy({ $0 / factor == Int($1) }) else {
            return graph.gather(value, axis: axis, indices: indices, shape: [indices.count])
        }
        var (cells, spread, result) = (shape, shape, shape)
        cells.insert(1, at: axis + 1)
        spread.insert(factor, at: axis + 1)
        result[axis] = indices.count
        return graph.reshape(graph.expand(graph.reshape(value, cells), spread), result)
    }

    private static func rounded(_ place: Double, _ rounding: Int, shrinks: Bool) -> Double {
        // Positions like 1.9999999 are meant to be 2.
        let place = (place * 1e6).rounded() / 1e6
        switch rounding {
        case 0: return (place - 0.5).rounded(.up)
        case 1: return (place + 0.5).rounded(.down)
        case 2: return place.rounded(.down)
        case 3: return place.rounded(.up)
        default: return shrinks ? place.rounded(.up) : place.rounded(.down)
        }
    }
}
