// SPDX-License-Identifier: Apache-2.0

/// The first bulk endpoints of interface 0, one for each way.
package struct BulkEndpoints: Sendable, Hashable {
    package let input: UInt8
    package let output: UInt8

    private static let interfaceKind: UInt8 = 4
    private static let endpointKind: UInt8 = 5
    private static let bulk: UInt8 = 2
    private static let inputBit: UInt8 = 0x80

    /// Walks a device's descriptors, each of which begins with its length and kind; nil when a way has no endpoint.
    package init?(_ descriptors: [UInt8]) {
        var (input, output): (UInt8?, UInt8?) = (nil, nil)
        var isWanted = false
        var rest = descriptors[...]
        while let length = rest.first.map(Int.init), length >= 2, length <= rest.count {
            let descriptor = rest.prefix(length)
            let start = rest.startIndex
            switch descriptor[start + 1] {
            case Self.interfaceKind where length >= 4: isWanted = descriptor[start + 2] == 0 && descriptor[start + 3] == 0
            case Self.endpointKind where length >= 4 && isWanted && descriptor[start + 3] & 3 == Self.bulk:
                let address = descriptor[start + 2]
                if address & Self.inputBit != 0 { input = input ?? address } else { output = output ?? address }
            default: break
            }
            rest = rest.dropFirst(length)
        }
        guard let input, let output else { return nil }
        (self.input, self.output) = (input, output)
    }
}
