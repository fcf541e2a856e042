// SPDX-License-Identifier: Apache-2.0

/// libFuzzer's entry: whatever a peer says, and whatever this end wants meanwhile, the endpoint answers or ends in bounded
/// memory. The first byte picks the end; then each byte is a wish of this end, or starts an event of the peer: bytes for
/// type, event, stream, flags and name, and two for the size, or all 84 bytes of a header.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    var bytes = UnsafeRawBufferPointer(start: data, count: size)[...]
    guard let first = bytes.popFirst() else { return 0 }
    let limits = XLinkLimits(packetBytes: 1 << 20, unreadBytes: 1 << 21)
    var fuzz = XLinkFuzz(XLinkEndpoint(first & 1 == 0 ? .host : .device, limits: limits))
    while let operation = bytes.popFirst(), fuzz.step(operation, &bytes) {}
    return 0
}

private struct XLinkFuzz {
    typealias Bytes = Slice<UnsafeRawBufferPointer>
    var endpoint: XLinkEndpoint
    private var unread: [XLinkIncoming] = []
    private var now: Int64 = 0

    init(_ endpoint: XLinkEndpoint) { self.endpoint = endpoint }

    /// False when the input or the link is over.
    mutating func step(_ operation: UInt8, _ bytes: inout Bytes) -> Bool {
        now &+= 1 << 40
        let number = UInt32(operation >> 4)
        switch operation & 15 {
        case 0: _ = endpoint.ping(at: now)
        case 1: _ = try? endpoint.open(Self.name(operation >> 4), writeSize: Int(bytes.popFirst() ?? 0) << 12, at: now)
        case 2: _ = try? endpoint.write(Int(bytes.popFirst() ?? 0) << 10, to: number, at: now)
        case 3: _ = try? endpoint.close(number, at: now)
        case 4: _ = endpoint.reset(at: now)
        case 5, 6: release(Int(operation >> 4))
        case 7:
            guard let header = XLinkHeader(UnsafeRawBufferPointer(rebasing: bytes)) else { return false }
            bytes = bytes.dropFirst(XLinkHeader.byteCount)
            return receive(header)
        default:
            guard bytes.count >= 7 else { return false }
            let fields = Array(bytes.prefix(7))
            bytes = bytes.dropFirst(7)
            return receive(Self.header(fields))
        }
        return true
    }

    private mutating func release(_ index: Int) {
        guard index < unread.count else { return }
        let packet = unread.remove(at: index)
        precondition(endpoint.release(packet.count, of: packet.stream, at: now) != nil, "an unread packet cannot be released")
    }

    private mutating func receive(_ header: XLinkHeader) -> Bool {
        do {
            let reception = try endpoint.receive(header, at: now)
            if case .payload(let incoming) = reception.event {
                precondition(incoming.count <= endpoint.limits.packetBytes)
                _ = endpoint.received(incoming, at: now)
                unread.append(incoming)
            }
        } catch {
            precondition(!error.description.isEmpty && endpoint.fault == error)
            return false
        }
        precondition(endpoint.streamCount <= 32 && endpoint.unreadBytes <= endpoint.limits.unreadBytes)
        precondition(endpoint.unreadBytes == unread.reduce(0) { $0 + $1.count })
        return true
    }

    private static func name(_ index: UInt8) -> String { index == 15 ? "" : "stream \(index)" }

    private static func header(_ fields: [UInt8]) -> XLinkHeader {
        XLinkHeader(
            event: Int32(fields[1]), type: UInt32(fields[0]), name: name(fields[4] & 63),
            stream: fields[2] == 255 ? 0xDEAD_DEAD : UInt32(fields[2]),
            size: (UInt32(fields[5]) | UInt32(fields[6]) << 8) << ((fields[4] >> 6) * 4),
            flags: XLinkFlags(rawValue: UInt32(fields[3])))
    }
}
