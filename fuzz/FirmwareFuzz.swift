// SPDX-License-Identifier: Apache-2.0

/// libFuzzer's entry: whatever the bytes are, looking for firmware in them ends with an image or an error. The first byte says
/// whether the walk of records gets them directly, as it stands behind archives whose checksums no fuzzer guesses.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    guard let kind = bytes.first else { return 0 }
    if kind == 0 {
        _ = try? FirmwareImage(Array(bytes.dropFirst()))
    } else if let image = try? FirmwareFinder.image(in: Array(bytes.dropFirst()), file: "input") {
        return image.bytes.isEmpty ? 1 : 0
    }
    return 0
}
