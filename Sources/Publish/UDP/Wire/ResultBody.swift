// SPDX-License-Identifier: Apache-2.0

/// What stands before the objects in every part of a RESULT.
package struct ResultHead: Hashable, Sendable {
    /// Sequence number of the exposure.
    package var frame: UInt64
    /// The camera's clock at mid-exposure, in nanoseconds.
    package var captureNanoseconds: UInt64
    /// From the exposure to the datagram's leaving.
    package var ageMicroseconds: UInt32
    /// Objects of the whole frame.
    package var total: Int

    package init(frame: UInt64, captureNanoseconds: UInt64, ageMicroseconds: UInt32, total: Int) {
        self.frame = frame
        self.captureNanoseconds = captureNanoseconds
        self.ageMicroseconds = ageMicroseconds
        self.total = total
    }

    /// The most bytes the CBOR body takes besides the objects: the age takes 5 at most, the two counts 3 each.
    package var overhead: Int {
        1 + CBORWriter.headLength(frame) + CBORWriter.headLength(captureNanoseconds) + 5 + 3 + 3
    }

    /// Begins a body; `count` objects follow.
    package func write(to writer: inout CBORWriter, objects count: Int) {
        writer.array(5)
        writer.unsigned(frame)
        writer.unsigned(captureNanoseconds)
        writer.unsigned(UInt64(ageMicroseconds))
        writer.unsigned(UInt64(total))
        writer.array(count)
    }
}

/// The body of one part of a RESULT in CBOR.
package struct ResultBody: Hashable, Sendable {
    package var head: ResultHead
    package var objects: [WireObject]

    package init(head: ResultHead, objects: [WireObject]) {
        self.head = head
        self.objects = objects
    }

    package var encoded: [UInt8] {
        var writer = CBORWriter(reserving: 32 + 32 * objects.count)
        head.write(to: &writer, objects: objects.count)
        for object in objects { object.write(to: &writer) }
        return writer.bytes
    }

    package init(_ header: WireHeader, reading datagram: [UInt8]) throws(WireError) {
        guard header.type == .result else { throw .type(header.type.rawValue) }
        guard header.encoding == .cbor else { throw .encoding(header.encoding.rawValue) }
        var reader = CBORReader(datagram[WireHeader.length...])
        guard try reader.array() >= 5 else { throw .body }
        head = ResultHead(
            frame: try reader.unsigned(), captureNanoseconds: try reader.unsigned(),
            ageMicroseconds: UInt32(try reader.unsigned(upTo: Int(UInt32.max))), total: try reader.unsigned(upTo: Int(Int32.max)))
        objects = []
        for _ in 0..<(try reader.array()) { objects.append(try WireObject(&reader)) }
    }
}
