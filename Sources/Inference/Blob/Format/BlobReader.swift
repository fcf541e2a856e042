// SPDX-License-Identifier: Apache-2.0

/// Reads the sections of a blob.
struct BlobReader {
    let bytes: [UInt8]
    let header: BlobHeader
    let constants: Range<Int>

    /// Where the numbers of a shape lie.
    private struct Place {
        var location: UInt32
        var offset: Int

        static let inConstants: UInt32 = 3
        static let inOutput: UInt32 = 2
    }

    /// The entries of the input or output section.
    func ports(at start: Int, count: Int, total: Int, what: String) throws(BlobFormatError) -> [BlobPort] {
        var cursor = try BlobCursor(bytes, start..<header.fileSize)
        var ports: [BlobPort] = []
        for index in 0..<count {
            let entry = cursor.position
            guard try cursor.count() == index else {
                throw BlobFormatError(offset: entry, reason: "\(what) \(index) has another number")
            }
            let offset = try cursor.signed()
            let name = try cursor.skip(try cursor.count())
            let text = String(decoding: bytes[name].prefix { $0 != 0 }, as: UTF8.self)
            let (tensor, _) = try tensor(&cursor)
            guard let extent = tensor.extent else {
                throw BlobFormatError(offset: entry, reason: "the shape of \(what) \(index) is not in the file")
            }
            guard offset >= 0, extent <= total - offset else {
                throw BlobFormatError(
                    offset: entry, reason: "\(what) \(index) lies outside the \(total) bytes of all \(what)s")
            }
            ports.append(BlobPort(name: text, tensor: tensor, offset: offset))
        }
        return ports
    }

    /// The stage section.
    func stages(inputs: [BlobPort], outputs: [BlobPort]) throws(BlobFormatError) -> [BlobStage] {
        var cursor = try BlobCursor(bytes, header.sections.stages..<header.fileSize)
        var stages: [BlobStage] = []
        for _ in 0..<header.stageCount {
            stages.append(try stage(&cursor, inputs, outputs, mayInject: true))
        }
        return stages
    }

    private static let endMark: UInt32 = 0x7F83_FF19
    private static let fixedBytes = 24

    private func stage(
        _ cursor: inout BlobCursor, _ inputs: [BlobPort], _ outputs: [BlobPort], mayInject: Bool
    ) throws(BlobFormatError) -> BlobStage {
        let start = cursor.position
        let length = try cursor.count()
        guard length >= Self.fixedBytes, length <= cursor.end - start else {
            throw BlobFormatError(offset: start, reason: "a stage of \(length) bytes where \(cursor.end - start) are left")
        }
        let type = try cursor.count()
        let shaves = try cursor.count()
        let parameterBytes = try cursor.count()
        guard parameterBytes >= 4, parameterBytes <= length - Self.fixedBytes + 4 else {
            throw BlobFormatError(
                offset: start + 12, reason: "\(parameterBytes) bytes of parameters in a stage of \(length) bytes")
        }
        let parameters = try cursor.skip(parameterBytes - 4)
        let end = start + length
        var mark = try BlobCursor(bytes, end - 8..<end)
        guard try mark.count() == type, try mark.unsigned() == Self.endMark else {
            throw BlobFormatError(offset: end - 8, reason: "the end mark of stage type \(type) is missing")
        }
        var operands = try BlobCursor(bytes, cursor.position..<end - 8)
        var hardware: (operations: [BlobHardwareOperation], injected: [BlobStage]) = ([], [])
        var wanted = Int.max
        if type == BlobStageType.hardware {
            hardware = try operations(parameters, inputs, outputs, mayInject: mayInject)
            wanted = try operands.count()
        }
        var buffers: [BlobBuffer] = []
        while operands.left > 0, buffers.count < wanted { buffers.append(try buffer(&operands, inputs, outputs)) }
        guard wanted == .max || buffers.count == wanted else {
            throw BlobFormatError(offset: operands.position, reason: "\(wanted) operands expected, \(buffers.count) found")
        }
        _ = try cursor.skip(end - cursor.position)
        return BlobStage(
            type: type, shaves: shaves, buffers: buffers, injected: hardware.injected, parameters: parameters,
            hardware: hardware.operations)
    }

    private func operations(
        _ parameters: Range<Int>, _ inputs: [BlobPort], _ outputs: [BlobPort], mayInject: Bool
    ) throws(BlobFormatError) -> ([BlobHardwareOperation], [BlobStage]) {
        var cursor = try BlobCursor(bytes, parameters)
        var operations: [BlobHardwareOperation] = []
        for _ in 0..<(try cursor.count()) { operations.append(try BlobHardwareOperation(&cursor)) }
        guard try cursor.flag() else { return (operations, []) }
        guard mayInject else {
            throw BlobFormatError(offset: cursor.position, reason: "an injected stage inside an injected stage")
        }
        return (operations, [try stage(&cursor, inputs, outputs, mayInject: false)])
    }

    private func buffer(_ cursor: inout BlobCursor, _ inputs: [BlobPort], _ outputs: [BlobPort]) throws(BlobFormatError)
        -> BlobBuffer
    {
        let start = cursor.position
        let (tensor, places) = try tensor(&cursor)
        let code = try cursor.unsigned()
        var (index, sampleBytes) = (0, 0)
        if code == 1 || code == 2 { (index, sampleBytes) = (try cursor.count(), try cursor.count()) }
        // A shape in an output: the output's number and bytes.
        for place in places where place.location == Place.inOutput { _ = try cursor.skip(8) }
        let offset = try cursor.count()
        let location: BlobLocation
        let room: Int
        switch code {
        case 0: (location, room) = (.absent, .max)
        case 1, 2:
            let (ports, total) = code == 1 ? (inputs, header.inputBytes) : (outputs, header.outputBytes)
            guard ports.indices.contains(index) else {
                throw BlobFormatError(offset: start, reason: "an operand in input or output \(index) of \(ports.count)")
            }
            location = code == 1 ? .input(index) : .output(index)
            room = total - ports[index].offset
        case 3: (location, room) = (.constants, constants.count)
        case 4: (location, room) = (.shared, header.sharedBytes)
        case 5: (location, room) = (.onChip, header.sliceBytes)
        default: throw BlobFormatError(offset: start, reason: "memory \(code) is not known")
        }
        guard location == .absent || (tensor.extent ?? 0) <= room - offset else {
            throw BlobFormatError(
                offset: start,
                reason: "an operand of \(tensor.extent ?? 0) bytes at \(offset) of \(location.name), which has \(room)")
        }
        return BlobBuffer(tensor: tensor, location: location, offset: offset, sampleBytes: sampleBytes)
    }

    /// A descriptor, and for run-time shapes where dimensions and strides will be.
    private func tensor(_ cursor: inout BlobCursor) throws(BlobFormatError) -> (BlobTensor, [Place]) {
        let start = cursor.position
        guard let element = BlobElement(rawValue: try cursor.unsigned()) else {
            throw BlobFormatError(offset: start, reason: "the element type is not known")
        }
        let order = try cursor.unsigned()
        let rank = try cursor.count()
        guard let axes = BlobTensor.axes(ofOrder: order), axes.count == rank else {
            throw BlobFormatError(offset: start + 4, reason: "order \(String(order, radix: 16)) for \(rank) axes")
        }
        if !header.hasSharedShapes {
            let dimensions = try numbers(&cursor, rank)
            let strides = try numbers(&cursor, rank)
            return (BlobTensor(element: element, axes: axes, shape: try shape(element, dimensions, strides, start)), [])
        }
        let sizes = Place(location: try cursor.unsigned(), offset: try cursor.count())
        let steps = Place(location: try cursor.unsigned(), offset: try cursor.count())
        let places = [sizes, steps]
        guard places.allSatisfy({ $0.location == Place.inConstants }) else {
            return (BlobTensor(element: element, axes: axes, shape: nil), places)
        }
        let dimensions = try stored(sizes, rank)
        let strides = try stored(steps, rank)
        return (BlobTensor(element: element, axes: axes, shape: try shape(element, dimensions, strides, start)), places)
    }

    /// Numbers that lie in the constants.
    private func stored(_ place: Place, _ rank: Int) throws(BlobFormatError) -> [Int] {
        guard place.offset + 4 * rank <= constants.count else {
            throw BlobFormatError(offset: constants.lowerBound, reason: "a shape at byte \(place.offset) of the constants")
        }
        let start = constants.lowerBound + place.offset
        var cursor = try BlobCursor(bytes, start..<start + 4 * rank)
        return try numbers(&cursor, rank)
    }

    /// The file lists the innermost axis first.
    private func numbers(_ cursor: inout BlobCursor, _ rank: Int) throws(BlobFormatError) -> [Int] {
        var numbers: [Int] = []
        for _ in 0..<rank { numbers.append(try cursor.count()) }
        return numbers.reversed()
    }

    private func shape(_ element: BlobElement, _ dimensions: [Int], _ strides: [Int], _ offset: Int)
        throws(BlobFormatError) -> BlobTensor.Shape
    {
        var (count, extent) = (1, element.byteCount)
        for (dimension, stride) in zip(dimensions, strides) {
            // Both are below 2^32, and count and extent stay below 2^30 from axis to axis: no overflow.
            guard dimension >= 1, dimension <= BlobTensor.largestCount, stride <= BlobTensor.largestCount else {
                throw BlobFormatError(offset: offset, reason: "dimensions \(dimensions) with strides \(strides)")
            }
            count *= dimension
            extent += (dimension - 1) * stride
            guard count <= BlobTensor.largestCount, extent <= BlobTensor.largestCount else {
                throw BlobFormatError(offset: offset, reason: "dimensions \(dimensions) with strides \(strides) are too large")
            }
        }
        return BlobTensor.Shape(dimensions: dimensions, strides: strides)
    }
}
