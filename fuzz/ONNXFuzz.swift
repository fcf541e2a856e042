// SPDX-License-Identifier: Apache-2.0

/// libFuzzer's entry: whatever the bytes are, looking through them as an ONNX model ends with what they name or an error.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard let scan = try? ONNXModelScan(Array(UnsafeBufferPointer(start: data, count: size))) else { return 0 }
    // A tensor elsewhere has a place, and a place has a tensor.
    precondition((scan.externalTensor == nil) == scan.locations.isEmpty)
    return 0
}
