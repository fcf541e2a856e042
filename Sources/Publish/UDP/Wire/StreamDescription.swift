// SPDX-License-Identifier: Apache-2.0
import Core
import Cryptography

/// What a DESCRIBE says: every field and unit of the stream's results, and what they were made from, so that a capture
/// explains itself.
public struct StreamDescription: Sendable, Hashable {
    /// The slot's name.
    public var camera: String
    /// `object_tracker`, `metaout` or `imu`.
    public var stream: String
    /// Size in pixels of the picture that the boxes are fractions of; 0 while none was seen.
    public var width: Int
    public var height: Int
    /// The network's name; empty when there is none.
    public var model: String
    /// Names of the labels, by index. May be the first ones only: see `labelCount`.
    public var labels: [String]
    /// How many labels there are.
    public var labelCount: Int
    /// What the camera does: `running`, or why nothing comes: `absent`, `found`, `starting`, `lost`, `refused`, `finished`.
    public var state = StreamDescription.running
    /// Why it is in that state, in a few words; may be cut short.
    public var why = ""

    public init(camera: String, stream: String, width: Int = 0, height: Int = 0, model: String = "", labels: [String] = []) {
        self.camera = camera
        self.stream = stream
        self.width = width
        self.height = height
        self.model = model
        self.labels = labels
        labelCount = labels.count
    }

    /// `camera/stream`.
    public var name: String { camera + "/" + stream }

    /// The name of a label, when it was told.
    public func labelName(_ label: Int) -> String? {
        labels.indices.contains(label) ? labels[label] : nil
    }

    package static let running = "running"
    /// More would not fit the smallest datagrams.
    private static let longestWhy = 48

    package static let schemaName = "depthd.result/1"
    package static let motionSchemaName = "depthd.imu/1"

    /// Name, unit and type of an object's fields.
    private static let fields: [(name: String, unit: String, type: String)] = [
        ("track", "0 none", "u32"), ("state", "0new 1tracked 2lost 3removed", "u8"), ("label", "index", "u16"),
        ("conf", "/255", "u8"),
        ("xmin", "/65535", "u16"), ("ymin", "/65535", "u16"), ("xmax", "/65535", "u16"), ("ymax", "/65535", "u16"),
        ("x", "mm right", "i32"), ("y", "mm up", "i32"), ("z", "mm forward", "i32"),
    ]

    /// The same of a sample of a motion sensor.
    private static let motionFields: [(name: String, unit: String, type: String)] = [
        ("timestamp_ns", "ns, the box's clock", "i64"), ("accelerometer", "m/s2", "[f32; 3]"), ("gyroscope", "rad/s", "[f32; 3]"),
    ]

    /// Whether the stream carries readings of a motion sensor, in JSON.
    private var isMotion: Bool { stream == StreamName.imu.rawValue }

    /// The keys of the map.
    private enum Key: Int {
        case schema, head, object, camera, stream, size, model, labels, labelCount, state, why
    }

    /// The body of a DESCRIBE that fits a datagram of `limit` bytes (256 at least).
    ///
    /// When not everything fits, labels are left off from the end and their true number is added under key 8; where even
    /// the fields do not fit (datagrams below about 400 bytes), keys 1 and 2 are left off, as the name of the schema
    /// stands for them.
    package func body(limit: Int) -> [UInt8] {
        let space = limit - WireHeader.length
        let full = body(fields: true, labels: 0)
        let fields = full.count <= space
        let least = fields ? full : body(fields: false, labels: 0)
        // Two more bytes for a longer array head.
        var room = space - least.count - 2
        var fitting = 0
        for label in labels {
            let length = label.utf8.count
            room -= CBORWriter.headLength(UInt64(length)) + length
            guard room >= 0 else { break }
            fitting += 1
        }
        return body(fields: fields, labels: fitting)
    }

    private func body(fields: Bool, labels count: Int) -> [UInt8] {
        var writer = CBORWriter(reserving: WireHeader.largestDatagram)
        // The count is there whenever it says more than the list; kept in mind for the empty list that is measured.
        let cut = count < labelCount
        // A camera that runs says nothing about it.
        let away = state != StreamDescription.running
        writer.map(6 + (fields ? 2 : 0) + (cut ? 1 : 0) + (away ? 2 : 0))
        writer.key(Key.schema.rawValue)
        writer.text(isMotion ? StreamDescription.motionSchemaName : StreamDescription.schemaName)
        if fields { writeFields(to: &writer) }
        writer.key(Key.camera.rawValue)
        writer.text(camera)
        writer.key(Key.stream.rawValue)
        writer.text(stream)
        writer.key(Key.size.rawValue)
        writer.array(2)
        writer.unsigned(UInt64(clamping: width))
        writer.unsigned(UInt64(clamping: height))
        writer.key(Key.model.rawValue)
        writer.text(String(model.cut(toBytes: 48)))
        writer.key(Key.labels.rawValue)
        writer.array(count)
        for label in labels.prefix(count) { writer.text(label) }
        if cut {
            writer.key(Key.labelCount.rawValue)
            writer.unsigned(UInt64(clamping: labelCount))
        }
        if away {
            writer.key(Key.state.rawValue)
            writer.text(String(state.cut(toBytes: 16)))
            writer.key(Key.why.rawValue)
            writer.text(String(why.cut(toBytes: StreamDescription.longestWhy)))
        }
        return writer.bytes
    }

    private func writeFields(to writer: inout CBORWriter) {
        writer.key(Key.head.rawValue)
        let head = isMotion ? ["camera", "sequence", "samples"] : ["frame", "capture_ns", "age_us", "total", "detections"]
        let fields = isMotion ? StreamDescription.motionFields : StreamDescription.fields
        writer.array(head.count)
        for name in head { writer.text(name) }
        writer.key(Key.object.rawValue)
        writer.array(fields.count)
        for field in fields {
            writer.array(3)
            writer.text(field.name)
            writer.text(field.unit)
            writer.text(field.type)
        }
    }

    /// The schema id of a body: the first four bytes of its SHA-256.
    package static func schema(of body: [UInt8]) -> UInt32 {
        Digest.sha256.of(body).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads the body of a DESCRIBE.
    package init(_ header: WireHeader, reading datagram: [UInt8]) throws(WireError) {
        guard header.type == .describe else { throw .type(header.type.rawValue) }
        guard header.encoding == .cbor else { throw .encoding(header.encoding.rawValue) }
        self.init(camera: "", stream: "")
        var reader = CBORReader(datagram[WireHeader.length...])
        var count: Int?
        for _ in 0..<(try reader.map()) {
            switch Key(rawValue: try reader.unsigned(upTo: 255)) {
            case .camera: camera = try reader.text()
            case .stream: stream = try reader.text()
            case .size:
                guard try reader.array() == 2 else { throw .body }
                width = try reader.unsigned(upTo: 65_535)
                height = try reader.unsigned(upTo: 65_535)
            case .model: model = try reader.text()
            case .labels: for _ in 0..<(try reader.array()) { labels.append(try reader.text()) }
            case .state: state = try reader.text()
            case .why: why = try reader.text()
            case .labelCount: count = try reader.unsigned(upTo: Int(Int32.max))
            case .schema, .head, .object, nil: try reader.skip()
            }
        }
        labelCount = count ?? labels.count
    }
}

extension CBORWriter {
    fileprivate mutating func key(_ number: Int) { unsigned(UInt64(number)) }
}
