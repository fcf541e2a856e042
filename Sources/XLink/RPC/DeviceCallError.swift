// SPDX-License-Identifier: Apache-2.0

/// Why a call to a device brought no answer.
public enum DeviceCallError: Error, CustomStringConvertible, Hashable {
    /// The device says no; the link is in order.
    case refused(call: String, reason: String)
    /// The answer is no answer to this call. If it is not even MessagePack (`isNoise`), what follows cannot be trusted.
    case unreadable(call: String, XLinkDecodingError)
    /// The answer is longer than such an answer may be, and was not read; the link is in order.
    case tooLong(call: String, bytes: Int, maximum: Int)

    public var description: String {
        switch self {
        case .refused(let call, let reason): "\(call): the device refused: \(reason)"
        case .unreadable(let call, let error): "\(call): the device's answer cannot be read: \(error)"
        case .tooLong(let call, let bytes, let maximum):
            "\(call): the device's answer has \(bytes) bytes, more than the \(maximum) that are read"
        }
    }

    /// Whether the link itself is out of step, so that the session should end.
    public var isNoise: Bool {
        guard case .unreadable(_, let error) = self else { return false }
        if case .missing = error { return false }
        return true
    }
}
