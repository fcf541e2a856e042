// SPDX-License-Identifier: Apache-2.0
package import Core
package import Pipeline

/// A result of one frame, cut into parts that fit a size of datagram. What differs between subscribers (sequence, age) is
/// put before the objects when a part is sent.
package struct EncodedResult {
    /// Objects that travel together.
    package struct Part: Hashable, Sendable {
        package var count: Int
        package var objects: ArraySlice<UInt8>
    }

    package let encoding: ResultEncoding
    package let stream: String
    /// The age is filled in when a part is sent.
    package let head: ResultHead
    package let captured: Timestamp
    package private(set) var parts: [Part] = []
    /// Objects that found no room in 255 parts.
    package private(set) var isTruncated = false
    /// What stands before the elements, where that is not `head`.
    private var opening: [UInt8]?

    package static let maximumParts = 255

    /// - Parameters:
    ///   - objects: in the order they are to be sent.
    ///   - limit: bytes of the longest datagram, 256 at least.
    package init(
        _ objects: [WireObject], head: ResultHead, captured: Timestamp, stream: String, labels: [String],
        encoding: ResultEncoding,
        limit: Int
    ) {
        self.encoding = encoding
        self.stream = stream
        self.head = head
        self.captured = captured
        var cutter = Cutter(
            room: limit - WireHeader.length - (encoding == .cbor ? head.overhead : head.jsonOverhead(stream: stream)))
        switch encoding {
        case .cbor:
            var writer = CBORWriter(reserving: 48 * objects.count)
            for object in objects {
                object.write(to: &writer)
                cutter.add(upTo: writer.bytes.count)
            }
            cutter.finish(writer.bytes)
        case .json:
            var writer = JSONLineWriter()
            for object in objects {
                let label = Int(object.label)
                object.write(to: &writer, labelName: labels.indices.contains(label) ? labels[label] : nil)
                // The comma is taken off where an object ends a part.
                writer.raw(",")
                cutter.add(upTo: writer.bytes.count)
            }
            cutter.finish(writer.bytes, separator: 1)
        }
        parts = cutter.parts
        isTruncated = cutter.isTruncated
    }

    /// Readings of a motion sensor: always JSON, the same as over HTTP, with the samples where results have objects.
    package init(_ batch: MotionBatch, stream: String, limit: Int) {
        encoding = .json
        self.stream = stream
        head = ResultHead(
            frame: UInt64(clamping: batch.sequence), captureNanoseconds: 0, ageMicroseconds: 0, total: batch.samples.count)
        captured = batch.time
        let opening = Array(MotionJSON.opening(batch).utf8)
        self.opening = opening
        var cutter = Cutter(room: limit - WireHeader.length - opening.count - MotionJSON.ending.utf8.count - 1)
        var samples: [UInt8] = []
        for sample in batch.samples {
            samples += Array(MotionJSON.text(sample).utf8) + [UInt8(ascii: ",")]
            cutter.add(upTo: samples.count)
        }
        cutter.finish(samples, separator: 1)
        parts = cutter.parts
        isTruncated = cutter.isTruncated
    }

    /// Decides which objects share a part, as they are written one after the other.
    private struct Cutter {
        let room: Int
        var parts: [Part] = []
        var isTruncated = false
        private var ranges: [(count: Int, bytes: Range<Int>)] = []
        private var end = 0

        init(room: Int) { self.room = room }

        /// The newest object's bytes end at `position`.
        mutating func add(upTo position: Int) {
            let start = end
            end = position
            guard position - start <= room else {
                isTruncated = true
                return
            }
            if let last = ranges.last, last.bytes.upperBound == start, position - last.bytes.lowerBound <= room {
                ranges[ranges.count - 1] = (last.count + 1, last.bytes.lowerBound..<position)
            } else if ranges.count < EncodedResult.maximumParts {
                ranges.append((1, start..<position))
            } else {
                isTruncated = true
            }
        }

        mutating func finish(_ bytes: [UInt8], separator: Int = 0) {
            parts = ranges.map { Part(count: $0.count, objects: bytes[$0.bytes.lowerBound..<$0.bytes.upperBound - separator]) }
            if parts.isEmpty { parts = [Part(count: 0, objects: [])] }
        }
    }

    /// The datagram of one part, as it leaves now.
    package func datagram(part index: Int, header: WireHeader, at now: Timestamp) -> [UInt8] {
        var header = header
        header.encoding = encoding
        header.part = UInt8(index)
        header.parts = UInt8(parts.count)
        if isTruncated { header.flags |= WireHeader.truncated }
        var head = head
        head.ageMicroseconds = UInt32(clamping: max(0, now.nanoseconds(since: captured)) / 1000)
        let part = parts[index]
        switch encoding {
        case .cbor:
            var writer = CBORWriter(reserving: 48 + part.objects.count)
            head.write(to: &writer, objects: part.count)
            writer.encoded(part.objects)
            return header.datagram(writer.bytes)
        case .json:
            var writer = JSONLineWriter()
            if let opening {
                writer.encoded(opening[...])
            } else {
                head.write(to: &writer, stream: stream, session: header.session, sequence: header.sequence)
            }
            writer.encoded(part.objects)
            writer.raw("]}\n")
            return header.datagram(writer.bytes)
        }
    }
}

extension EncodedResult {
    /// Encodes the content of a packet.
    package init(_ content: ResultContent, _ packet: StreamPacket, stream: String, encoding: ResultEncoding, limit: Int) {
        let head = ResultHead(
            frame: UInt64(clamping: packet.sequence),
            captureNanoseconds: UInt64(clamping: content.origin.frame.deviceNanoseconds),
            ageMicroseconds: 0, total: content.objects.count)
        self.init(
            content.objects, head: head, captured: packet.captured, stream: stream, labels: content.labels, encoding: encoding,
            limit: limit)
    }
}

/// The two kinds of results as one.
package struct ResultContent {
    package let origin: ResultOrigin
    package let labels: [String]
    /// In order of confidence, so that what is cut off matters least.
    package let objects: [WireObject]

    package init?(_ packet: StreamPacket) {
        let unsorted: [WireObject]
        switch packet.payload {
        case .tracks(let set):
            (origin, labels, unsorted) = (set.origin, set.labels, set.tracks.map { WireObject($0) })
        case .detections(let set):
            (origin, labels, unsorted) = (set.origin, set.labels, set.detections.map { WireObject($0) })
        case .frame, .jpeg, .json, .motion, .video:
            return nil
        }
        objects = unsorted.enumerated().sorted { left, right in
            (right.element.confidence, left.offset) < (left.element.confidence, right.offset)
        }.map(\.element)
    }
}
