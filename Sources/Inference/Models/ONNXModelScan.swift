// SPDX-License-Identifier: Apache-2.0

/// Which other files an ONNX model names. The whole model is walked, graphs within graphs, functions and training graphs
/// included, before ONNX Runtime sees a byte of it: ONNX Runtime opens what a tensor names.
///
/// One pass, a stack of bounded depth instead of recursion, no copy of any weights. Where a message may stand twice and be
/// merged, each piece is looked at, so that what is found is at least what a merging reader sees.
package struct ONNXModelScan: Sendable, Hashable {
    /// The files in which tensors keep their numbers, as the model writes them; empty for a tensor that names none.
    package private(set) var locations: Set<String> = []
    /// The first tensor that keeps its numbers in another file.
    package private(set) var externalTensor: String?
    /// The first node that stands for a network compiled for an accelerator, in a file or as bytes only that one reads.
    package private(set) var contextNode: String?

    /// The messages of onnx.proto in which a tensor or a node can be.
    fileprivate enum Message {
        case model, training, graph, function, node, attribute, tensor, sparseTensor, externalEntry
    }

    /// A message that has been entered and not left.
    fileprivate struct Level {
        var message: Message
        var end: Int
        var name = 0..<0
        /// A tensor whose numbers are elsewhere.
        var isExternal = false
        /// A node that stands for a compiled network.
        var isContext = false
        /// An entry that names a file, or a tensor with one.
        var isLocation = false
        var location = ""
    }

    /// Protocol Buffers' own limit, and so ONNX Runtime's.
    private static let maximumDepth = 100
    private static let maximumLocations = 256
    /// What is kept of a name, in bytes. Longer locations are no names of files.
    private static let nameBytes = 64
    fileprivate static let locationBytes = 256

    /// - Throws: when the bytes are no ONNX model from the first to the last.
    package init(_ bytes: [UInt8]) throws(ONNXFormatError) {
        var reader = ProtobufReader(bytes)
        try walk(&reader, count: bytes.count)
    }

    /// Walks through a file.
    package init(file path: String) throws(ONNXFormatError) {
        let source = try FileByteSource(path)
        var reader = ProtobufReader(source)
        try walk(&reader, count: source.count)
    }

    private mutating func walk<Source>(_ reader: inout ProtobufReader<Source>, count: Int) throws(ONNXFormatError) {
        var levels = [Level(message: .model, end: count)]
        levels.reserveCapacity(Self.maximumDepth)
        var (hasVersion, hasGraph) = (false, false)
        while let top = levels.indices.last {
            let (message, end) = (levels[top].message, levels[top].end)
            guard reader.index < end else {
                try leave(&levels, &reader)
                continue
            }
            let start = reader.index
            let (field, value) = try reader.field(before: end)
            try levels[top].take(field, value, &reader)
            if message == .model {
                if field == 1, case .number(let version) = value { hasVersion = (1...100).contains(version) }
                if field == 7, case .bytes(let range) = value { hasGraph = hasGraph || !range.isEmpty }
            }
            guard case .bytes(let range) = value else { continue }
            guard let child = message.child(field) else {
                reader.move(to: range.upperBound)
                continue
            }
            guard levels.count < Self.maximumDepth else { throw .malformed(at: start, "its parts are nested too deep") }
            levels.append(Level(message: child, end: range.upperBound))
        }
        guard hasVersion, hasGraph else { throw .malformed(at: 0, "it has no version or no graph") }
    }

    /// Takes the innermost message off and notes what it was found to be.
    private mutating func leave<Source>(_ levels: inout [Level], _ reader: inout ProtobufReader<Source>) throws(ONNXFormatError) {
        guard let level = levels.popLast() else { return }
        switch level.message {
        case .externalEntry where level.isLocation:
            if let tensor = levels.indices.last { levels[tensor].isLocation = true }
            try note(level.location, at: level.end)
        case .tensor where level.isExternal:
            if externalTensor == nil { externalTensor = try reader.text(level.name, limit: Self.nameBytes) }
            if !level.isLocation { try note("", at: level.end) }
        case .node where level.isContext:
            if contextNode == nil { contextNode = try reader.text(level.name, limit: Self.nameBytes) }
        default: break
        }
    }

    private mutating func note(_ location: String, at index: Int) throws(ONNXFormatError) {
        locations.insert(location)
        guard locations.count <= Self.maximumLocations else {
            throw .malformed(at: index, "its tensors name more than \(Self.maximumLocations) files")
        }
    }
}

extension ONNXModelScan.Message {
    /// What a field of this message is, where a tensor or a node can be in it (onnx.proto of ONNX 1.19).
    fileprivate func child(_ field: Int) -> Self? {
        switch (self, field) {
        case (.model, 7), (.training, 1), (.training, 2), (.attribute, 6), (.attribute, 11): .graph
        case (.model, 20): .training
        case (.model, 25): .function
        case (.graph, 1), (.function, 7): .node
        case (.node, 5), (.function, 11): .attribute
        case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparseTensor, 1), (.sparseTensor, 2): .tensor
        case (.graph, 15), (.attribute, 22), (.attribute, 23): .sparseTensor
        case (.tensor, 13): .externalEntry
        default: nil
        }
    }
}

extension ONNXModelScan.Level {
    /// Keeps what a field says about its own message.
    fileprivate mutating func take<Source>(
        _ field: Int, _ value: ProtobufReader<Source>.Value, _ reader: inout ProtobufReader<Source>
    ) throws(ONNXFormatError) {
        switch (message, field, value) {
        case (.tensor, 8, .bytes(let range)), (.node, 3, .bytes(let range)):
            name = range
        // An enumeration of 32 bits: what lies above them is cut off.
        case (.tensor, 14, .number(let place)): isExternal = isExternal || UInt32(truncatingIfNeeded: place) != 0
        case (.tensor, 13, .bytes): isExternal = true
        case (.node, 4, .bytes(let range)):
            isContext = try reader.isText("EPContext", range) || isContext
        case (.externalEntry, 1, .bytes(let range)):
            isLocation = try reader.isText("location", range) || isLocation
        case (.externalEntry, 2, .bytes(let range)):
            let bytes = try reader.bytes(range, limit: ONNXModelScan.locationBytes)
            location = String(validating: bytes, as: UTF8.self) ?? ""
        default: break
        }
    }
}
