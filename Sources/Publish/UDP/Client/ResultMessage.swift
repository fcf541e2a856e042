// SPDX-License-Identifier: Apache-2.0
public import Core

/// One part of a frame's result as a subscriber receives it. Most frames have one part; each can be used by itself.
public struct ResultMessage: Sendable, Hashable {
    /// `camera/stream`.
    public var stream: String
    /// The box's run: another number after every restart.
    public var session: UInt32
    /// Counts the datagrams of the subscription, modulo 2³².
    public var sequence: UInt32
    public var part: Int
    public var parts: Int
    /// More objects existed than were sent.
    public var isTruncated: Bool
    /// Sequence number of the exposure.
    public var frame: UInt64
    /// Mid-exposure on the camera's clock, in nanoseconds.
    public var captureNanoseconds: UInt64
    /// From the exposure to the datagram's leaving the box, in microseconds.
    public var ageMicroseconds: UInt32
    /// Objects of the whole frame.
    public var total: Int
    public var objects: [ResultObject]
    /// What was on the wire, for `jsonLine`.
    private var wire: ResultBody

    init(_ header: WireHeader, _ body: ResultBody, _ description: StreamDescription?, name: String) {
        stream = name
        session = header.session
        sequence = header.sequence
        part = Int(header.part)
        parts = Int(header.parts)
        isTruncated = header.flags & WireHeader.truncated != 0
        frame = body.head.frame
        captureNanoseconds = body.head.captureNanoseconds
        ageMicroseconds = body.head.ageMicroseconds
        total = body.head.total
        objects = body.objects.map { ResultObject($0, labelName: description?.labelName(Int($0.label))) }
        wire = body
    }

    /// The result as one line of JSON, in the form of the protocol's JSON encoding, without a line end.
    public var jsonLine: String {
        var writer = JSONLineWriter()
        wire.head.write(to: &writer, stream: stream, session: session, sequence: sequence)
        for (index, object) in wire.objects.enumerated() {
            if index > 0 { writer.raw(",") }
            object.write(to: &writer, labelName: objects[index].labelName)
        }
        writer.raw("]}")
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// One object of a result.
public struct ResultObject: Sendable, Hashable {
    /// The track's number; 0 on streams that follow nothing.
    public var track: UInt32
    /// nil for a state this version does not know.
    public var state: TrackState?
    public var label: Int
    /// nil while the label's name is not known.
    public var labelName: String?
    /// 0...1, in steps of 1/255.
    public var confidence: Float
    /// In fractions of the picture, in steps of 1/65535.
    public var box: NormalizedBox
    /// Whole millimetres; nil when nothing is known.
    public var position: PositionMillimetres?

    init(_ object: WireObject, labelName: String?) {
        track = object.track
        state = TrackState(rawValue: Int(object.state))
        label = Int(object.label)
        self.labelName = labelName
        confidence = Float(object.confidence) / 255
        func fraction(_ index: Int) -> Float { Float(object.box[index]) / 65_535 }
        box = NormalizedBox(xMin: fraction(0), yMin: fraction(1), xMax: fraction(2), yMax: fraction(3))
        position = object.millimetres.map { PositionMillimetres(x: Float($0.x), y: Float($0.y), z: Float($0.z)) }
    }
}

/// What happens to a subscriber.
public enum SubscriberMessage: Sendable {
    /// The box granted the subscription: its run, and the streams that will come.
    case connected(session: UInt32, streams: [String])
    /// A stream's description, when it is new or other than before.
    case described(StreamDescription)
    case result(ResultMessage)
    /// A result in JSON as the box wrote it, without the line end; only when JSON was asked for.
    case json(String)
    /// The box said no for now (its subscriptions are taken); it is asked again.
    case refused(code: Int, text: String)
    /// The box is silent or went away, in words; it is asked again until it answers.
    case lost(String)
}
