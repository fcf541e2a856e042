// SPDX-License-Identifier: Apache-2.0

/// libFuzzer's entry: whatever the bytes are, reading them as a message of a gen2 device ends with a message or an error. The
/// first byte is the kind; `log` and `answer` stand for packets that are no messages, `whole` for one with its own end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    guard let kind = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    let (log, answer, whole): (UInt8, UInt8, UInt8) = (100, 101, 102)
    switch kind {
    case log: _ = try? DeviceLogLine.parse(rest)
    case answer: readAnswers(rest)
    case whole: _ = try? DeviceMessage.parse(rest)
    default: readMessage(kind: kind, rest)
    }
    return 0
}

private func readMessage(kind: UInt8, _ metadata: [UInt8]) {
    var payload = metadata
    for number in [Int32(kind), Int32(metadata.count)] {
        withUnsafeBytes(of: number.littleEndian) { payload.append(contentsOf: $0) }
    }
    payload += DeviceMessage.marker
    guard let message = try? DeviceMessage.parse(payload) else { return }
    precondition(message.data.isEmpty)
    switch message.content {
    case .frame(let frame):
        if let layout = frame.layout(dataBytes: 1 << 20) { precondition(layout.offsets.max() < 1 << 20) }
    case .encodedFrame(let frame):
        if let range = frame.range(in: 0..<1000) { precondition(range.upperBound <= 1000) }
    case .tensors(let content):
        for range in content.tensors.compactMap({ $0.range(in: 0..<1000) }) { precondition(range.upperBound <= 1000) }
    default: break
    }
    let written = DeviceMessage.encode(message.content)
    guard let again = try? DeviceMessage.parse(written) else { preconditionFailure("cannot be read again") }
    precondition(DeviceMessage.encode(again.content) == written)
}

private func readAnswers(_ response: [UInt8]) {
    _ = try? DeviceCall.cameraFeatures.answer(response)
    _ = try? DeviceCall.stereoPairs.answer(response)
    _ = try? DeviceCall.irDrivers.answer(response)
    _ = try? DeviceCall.temperatures.answer(response)
    _ = try? DeviceCall.cssLoad.answer(response)
    _ = try? DeviceCall.usbSpeed.answer(response)
    _ = try? DeviceCall.startPipeline.answer(response)
    if let memory = try? DeviceCall.eeprom.answer(response) { precondition(!memory.json.isEmpty) }
}
