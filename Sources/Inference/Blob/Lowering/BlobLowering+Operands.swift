// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// Axes in the order ONNX's operators for pictures want.
let planarAxes = [BlobAxis.batch, BlobAxis.channel, BlobAxis.height, BlobAxis.width]

extension BlobTensor {
    /// The axes in the order NCHW, whatever lies how in memory; unnamed ones outside.
    var logicalAxes: [Int] {
        axes.sorted { rank($0) > rank($1) }
    }

    /// Depth lies between channel and height: NCDHW.
    private func rank(_ axis: Int) -> Double { axis == BlobAxis.depth ? 1.5 : Double(axis) }
}

extension BlobLowering {
    /// Operand number `index` of a stage, which must be there.
    func operand(_ stage: BlobStage, _ index: Int) throws(BlobStageFault) -> BlobBuffer {
        guard stage.buffers.indices.contains(index) else {
            throw BlobStageFault("operand \(index) is missing (it has \(stage.buffers.count))")
        }
        guard stage.buffers[index].isPresent else { throw BlobStageFault("operand \(index) is absent") }
        return stage.buffers[index]
    }

    func shape(_ buffer: BlobBuffer) throws(BlobStageFault) -> BlobTensor.Shape {
        guard let shape = buffer.tensor.shape else {
            throw BlobStageFault("an operand's shape is known at run time only")
        }
        return shape
    }

    /// The size of one axis, 1 when the tensor has no such axis.
    func size(_ buffer: BlobBuffer, _ axis: Int) throws(BlobStageFault) -> Int {
        let shape = try shape(buffer)
        return buffer.tensor.axes.firstIndex(of: axis).map { shape.dimensions[$0] } ?? 1
    }

    /// Sizes in an order of axes; axes the tensor has not count as 1, axes not asked for must be 1.
    func sizes(_ buffer: BlobBuffer, _ axes: [Int]) throws(BlobStageFault) -> [Int] {
        try view(buffer, axes).dimensions
    }

    /// The operand as a view in an order of axes.
    func view(_ buffer: BlobBuffer, _ axes: [Int]) throws(BlobStageFault) -> BlobView {
        let shape = try shape(buffer)
        for (axis, size) in zip(buffer.tensor.axes, shape.dimensions) where size > 1 && !axes.contains(axis) {
            throw BlobStageFault(
                "an operand of order \(buffer.tensor.order) where \(axes.map(BlobAxis.name).joined()) is expected")
        }
        let places = axes.map { buffer.tensor.axes.firstIndex(of: $0) }
        let view = BlobView(
            space: try space(buffer.location), element: buffer.tensor.element, start: buffer.offset,
            strides: places.map { $0.map { shape.strides[$0] } ?? 0 },
            dimensions: places.map { $0.map { shape.dimensions[$0] } ?? 1 })
        guard view.isInjective else { throw BlobStageFault("an operand's axes overlap in memory") }
        guard view.end - view.start <= Self.largestExtent else {
            throw BlobStageFault("an operand of \(view.end - view.start) bytes; at most \(Self.largestExtent) are taken")
        }
        return view
    }

    /// No picture for such a chip needs more, and a damaged blob shall not take all memory.
    private static let largestExtent = 64 << 20

    private func space(_ location: BlobLocation) throws(BlobStageFault) -> BlobView.Space {
        switch location {
        case .input(let index): .input(index)
        case .output(let index): .output(index)
        case .shared: .shared
        case .onChip: .onChip
        case .constants: .constants
        case .absent: throw BlobStageFault("an operand is absent")
        }
    }

    /// Reads an operand; its value has the axes in this order.
    func read(_ buffer: BlobBuffer, _ axes: [Int]) throws(BlobStageFault) -> BlobGraph.Value {
        try load(view(buffer, axes), from: buffer)
    }

    /// Reads an operand as floats.
    func readFloats(_ buffer: BlobBuffer, _ axes: [Int]) throws(BlobStageFault) -> BlobGraph.Value {
        graph.asFloat(try read(buffer, axes))
    }

    /// Reads an operand in the order of its memory.
    func readStored(_ buffer: BlobBuffer) throws(BlobStageFault) -> BlobGraph.Value { try read(buffer, buffer.tensor.axes) }

    /// Reads a view of an operand, which may be a part of it.
    func load(_ view: BlobView, from buffer: BlobBuffer) throws(BlobStageFault) -> BlobGraph.Value {
        guard buffer.location == .constants else { return try memory.load(view, graph) }
        switch view.element {
        case .float16, .float32: return graph.constant(constants(view), shape: view.dimensions)
        case .int32, .uint8, .int8:
            let numbers = integers(view).map { Int32(truncatingIfNeeded: $0) }
            return graph.cast(
                graph.constant(int32: numbers, shape: view.dimensions), to: BlobGraph.Kind(view.element))
        }
    }

    /// Notes a stage's result, a value with the axes in this order; converts it to the operand's element type.
    func write(_ value: BlobGraph.Value, to buffer: BlobBuffer, _ axes: [Int]) throws(BlobStageFault) {
        try store(value, view(buffer, axes), buffer)
    }

    /// Notes a result for a view, which may be a part of the operand.
    func store(_ value: BlobGraph.Value, _ view: BlobView, _ buffer: BlobBuffer) throws(BlobStageFault) {
        guard buffer.location != .constants else { throw BlobStageFault("it writes to the constants") }
        if case .input = buffer.location { throw BlobStageFault("it writes to an input") }
        guard graph.description(value).count == view.count else {
            throw BlobStageFault("its result has the shape \(graph.shape(value)), its output \(view.dimensions)")
        }
        memory.store(graph.reshape(converted(value, view.element), view.dimensions), view, graph)
    }

    /// Floats become integers by rounding to the nearest that fits.
    private func converted(_ value: BlobGraph.Value, _ element: BlobElement) -> BlobGraph.Value {
        let wanted = BlobGraph.Kind(element)
        guard graph.kind(value) == .float, wanted != .float else { return graph.cast(value, to: wanted) }
        let rounded = graph.map("Round", value)
        switch element {
        case .uint8: return graph.cast(graph.clip(rounded, 0, 255), to: wanted)
        case .int8: return graph.cast(graph.clip(rounded, -128, 127), to: wanted)
        // The largest float below 2^31.
        default: return graph.cast(graph.clip(rounded, -2_147_483_648, 2_147_483_520), to: wanted)
        }
    }

    // MARK: Constants

    /// A constant operand's numbers in the order of its memory.
    func constantFloats(_ buffer: BlobBuffer) throws(BlobStageFault) -> [Float] {
        guard buffer.location == .constants else { throw BlobStageFault("an operand that must be constant is not") }
        return constants(try view(buffer, buffer.tensor.axes))
    }

    /// A constant operand's whole numbers in the order of its memory.
    func constantIntegers(_ buffer: BlobBuffer) throws(BlobStageFault) -> [Int] {
        guard buffer.location == .constants else { throw BlobStageFault("an operand that must be constant is not") }
        return integers(try view(buffer, buffer.tensor.axes))
    }

    private func integers(_ view: BlobView) -> [Int] {
        blob.bytes.withUnsafeBytes { bytes in
            var values: [Int] = []
            values.reserveCapacity(view.count)
            forEachConstant(view) { place in
                switch view.element {
                case .int32: values.append(Int(bytes.loadUnaligned(fromByteOffset: place, as: Int32.self)))
                case .uint8: values.append(Int(bytes[place]))
                case .int8: values.append(Int(Int8(bitPattern: bytes[place])))
                case .float16, .float32: values.append(Int(exactly: scalar(bytes, place, view.element).rounded()) ?? 0)
                }
            }
            return values
        }
    }

    private func constants(_ view: BlobView) -> [Float] {
        blob.bytes.withUnsafeBytes { bytes in
            if view.element == .float16, view.isContiguous, view.strides == Self.denseStrides(view.dimensions, 2) {
                return [Float](unsafeUninitializedCapacity: view.count) { target, count in
                    let start = blob.constants.lowerBound + view.start
                    var halves = [UInt16](repeating: 0, count: view.count)
                    halves.withUnsafeMutableBytes {
                        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + 2 * view.count]))
                    }
                    if let base = target.baseAddress { dk_pixel_f16_to_f32(halves, view.count, base) }
                    count = view.count
                }
            }
            var values: [Float] = []
            values.reserveCapacity(view.count)
            forEachConstant(view) { values.append(scalar(bytes, $0, view.element)) }
            return values
        }
    }

    private func forEachConstant(_ view: BlobView, _ body: (Int) -> Void) {
        view.forEachRun { start, stride, count, _ in
            for index in 0..<count { body(blob.constants.lowerBound + start + index * stride) }
        }
    }

    private func scalar(_ bytes: UnsafeRawBufferPointer, _ place: Int, _ element: BlobElement) -> Float {
        switch element {
        case .float16:
            var (half, value) = (bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self), Float(0))
            dk_pixel_f16_to_f32(&half, 1, &value)
            return value
        case .float32: return bytes.loadUnaligned(fromByteOffset: place, as: Float.self)
        case .int32: return Float(bytes.loadUnaligned(fromByteOffset: place, as: Int32.self))
        case .uint8: return Float(bytes[place])
        case .int8: return Float(Int8(bitPattern: bytes[place]))
        }
    }
}

/// Reads a stage's parameters in their order.
struct BlobParameters {
    private var cursor: BlobCursor

    init(_ cursor: BlobCursor) { self.cursor = cursor }

    var left: Int { cursor.left }

    mutating func count() throws(BlobStageFault) -> Int { try wrap { (cursor) throws(BlobFormatError) in try cursor.count() } }
    mutating func signed() throws(BlobStageFault) -> Int { try wrap { (cursor) throws(BlobFormatError) in try cursor.signed() } }
    mutating func float() throws(BlobStageFault) -> Float { try wrap { (cursor) throws(BlobFormatError) in try cursor.float() } }
    mutating func flag() throws(BlobStageFault) -> Bool { try wrap { (cursor) throws(BlobFormatError) in try cursor.flag() } }
    mutating func signedList() throws(BlobStageFault) -> [Int] {
        try wrap { (cursor) throws(BlobFormatError) in try cursor.signedList() }
    }

    /// Four bytes as two half floats.
    mutating func halves() throws(BlobStageFault) -> (Float, Float) {
        let bits = try wrap { (cursor) throws(BlobFormatError) in try cursor.unsigned() }
        let pair = [UInt16(truncatingIfNeeded: bits), UInt16(truncatingIfNeeded: bits >> 16)]
        var floats: [Float] = [0, 0]
        dk_pixel_f16_to_f32(pair, 2, &floats)
        return (floats[0], floats[1])
    }

    private mutating func wrap<Number>(_ read: (inout BlobCursor) throws(BlobFormatError) -> Number) throws(BlobStageFault)
        -> Number
    {
        do {
            return try read(&cursor)
        } catch {
            throw BlobStageFault(error)
        }
    }
}
