// SPDX-License-Identifier: Apache-2.0
import Core

/// Announces that its members follow on the same stream, in the order of their indices.
public struct DeviceMessageGroup: Sendable, Hashable, NOPRepresentable {
    /// The index of each member by its name.
    public var members: [String: Int32]
    public var stamp: DeviceStamp

    public init(_ members: [String: Int32], stamp: DeviceStamp) {
        self.members = members
        self.stamp = stamp
    }

    /// The names in the order in which the members follow.
    public var order: [String] { members.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key) }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("group", fields: 4)
        members = [:]
        for _ in 0..<(try decoder.map("group.members")) {
            let name = try decoder.text("group.name")
            let further = try decoder.structure("group.member", fields: 1)
            members[name] = try decoder.integer("group.index")
            try decoder.skip(further)
        }
        // Unlike in all other messages, the number comes last.
        let time = try Timestamp(&decoder)
        let deviceTime = try Timestamp(&decoder)
        stamp = DeviceStamp(sequence: try decoder.integer("sequence"), time: time, deviceTime: deviceTime)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        let pairs = members.sorted { $0.key < $1.key }.map { NOPPair(.text($0.key), .structure([.signed(Int64($0.value))])) }
        return .structure([.map(pairs), stamp.time.nop, stamp.deviceTime.nop, .signed(stamp.sequence)])
    }
}
