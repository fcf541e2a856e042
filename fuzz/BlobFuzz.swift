// SPDX-License-Identifier: Apache-2.0

/// libFuzzer's entry: whatever the bytes are, reading them as a blob ends with a blob or an error.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard let blob = try? Blob(Array(UnsafeBufferPointer(start: data, count: size))) else { return 0 }
    // What a report or the lowering would look at.
    var sum = blob.header.sliceBytes
    for port in blob.inputs + blob.outputs { sum &+= port.tensor.extent ?? 0 }
    for stage in blob.stages + blob.stages.flatMap(\.injected) {
        var parameters = blob.parameters(of: stage)
        while let number = try? parameters?.unsigned() { sum &+= Int(number) }
        for buffer in stage.buffers {
            sum &+= buffer.tensor.isDense ? 1 : 0
            if buffer.location == .constants, let extent = buffer.tensor.extent {
                sum &+= Int(blob.bytes[blob.constants.lowerBound + buffer.offset + extent - 1])
            }
        }
    }
    return sum == .min ? 1 : 0
}
