// SPDX-License-Identifier: Apache-2.0

/// libFuzzer's entry: whatever the bytes are, reading them in either encoding of the gen2 link ends with a value or an error, and
/// what was read is written so that it is read again as the same. The first byte says which encoding.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    guard let choice = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    if choice & 1 == 0 {
        readStructure(rest)
    } else {
        readMessagePack(rest)
    }
    return 0
}

private func readStructure(_ bytes: [UInt8]) {
    let skipped = bytes.withUnsafeBytes { bytes -> Bool in
        var decoder = NOPDecoder(bytes)
        return (try? decoder.skip(1)) != nil && decoder.remaining == 0
    }
    let value = try? NOPDecoder.decode(bytes)
    // What can be read can be passed over, and the other way round.
    precondition(skipped == (value != nil))
    guard let value else { return }
    let written = NOPEncoder.encode(value)
    guard let again = try? NOPDecoder.decode(written) else { preconditionFailure("cannot be read again") }
    precondition(NOPEncoder.encode(again) == written)
}

private func readMessagePack(_ bytes: [UInt8]) {
    guard let value = try? MessagePackDecoder.decode(bytes) else { return }
    precondition(value.json.isEmpty == false)
    let written = MessagePackEncoder.encode(value)
    guard let again = try? MessagePackDecoder.decode(written) else { preconditionFailure("cannot be read again") }
    precondition(MessagePackEncoder.encode(again) == written)
}
