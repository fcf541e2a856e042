// SPDX-License-Identifier: Apache-2.0

/// A call to a device over the stream `__rpc_main`: the request's bytes, and how its answer is read. One is in flight at a time.
public struct DeviceCall<Answer: Sendable>: Sendable {
    public let name: String
    /// How long to wait for the answer.
    public let limit: Duration
    /// A longer answer is not read.
    public let maximumBytes: Int
    private let arguments: [MessagePackValue]
    private let read: @Sendable (MessagePackValue) throws(XLinkDecodingError) -> Answer

    /// - Parameter read: makes the answer of the value that came with it; empty for calls that return none.
    public init(
        _ name: String, _ arguments: [MessagePackValue] = [], limit: Duration = .seconds(2), maximumBytes: Int = .max,
        read: @escaping @Sendable (MessagePackValue) throws(XLinkDecodingError) -> Answer
    ) {
        self.name = name
        self.arguments = arguments
        self.limit = limit
        self.maximumBytes = maximumBytes
        self.read = read
    }

    /// The bytes to be written.
    public var request: [UInt8] {
        let kind: MessagePackValue = 1
        return MessagePackEncoder.encode([
            .integer(DeviceCallID.version), kind, .unsigned(DeviceCallID.of(name)), arguments.isEmpty ? nil : .list(arguments),
        ])
    }

    /// Reads a response; it is borrowed for the call.
    public func answer(_ response: UnsafeRawBufferPointer) throws(DeviceCallError) -> Answer {
        guard response.count <= maximumBytes else {
            throw .tooLong(call: name, bytes: response.count, maximum: maximumBytes)
        }
        let parts: [MessagePackValue]
        do { parts = try DeviceCallID.parts(response) } catch { throw .unreadable(call: name, error) }
        guard parts[2].integer == 1 else {
            throw .refused(call: name, reason: parts.count > 3 ? parts[3].text ?? "without a reason" : "without a reason")
        }
        do { return try read(parts.count > 3 ? parts[3] : nil) } catch { throw .unreadable(call: name, error) }
    }

    /// Reads a response.
    public func answer(_ response: [UInt8]) throws(DeviceCallError) -> Answer {
        try response.span.withUnsafeBytes { bytes throws(DeviceCallError) in try answer(bytes) }
    }
}

/// What all calls have in common on the wire.
public enum DeviceCallID {
    static let version = 1

    /// The number that stands for a name.
    public static func of(_ name: String) -> UInt64 {
        name.utf8.reduce(1_125_899_906_842_597) { $0 &* 31 &+ UInt64($1) }
    }

    /// Version, 2 for a response, whether it is good, and what comes with it.
    fileprivate static func parts(_ response: UnsafeRawBufferPointer) throws(XLinkDecodingError) -> [MessagePackValue] {
        guard case .list(let parts) = try MessagePackDecoder.decode(response), parts.count >= 3, parts[0].integer == version,
            parts[1].integer == 2, parts[2].integer != nil
        else { throw .wrongKind(field: "response", expected: "a response", prefix: response.first ?? 0, offset: 0) }
        return parts
    }
}
