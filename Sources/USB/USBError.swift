// SPDX-License-Identifier: Apache-2.0

/// Why devices cannot be watched or named.
public enum USBError: Error, CustomStringConvertible, Hashable {
    /// udev cannot be asked; the text says what failed.
    case unavailable(String)
    /// A device is named in a way that means nothing.
    case badSelector(String, remedy: String)

    public var description: String {
        switch self {
        case .unavailable(let reason): "udev cannot be queried: \(reason)"
        case .badSelector(let text, let remedy): "device \"\(text)\": \(remedy)"
        }
    }
}
