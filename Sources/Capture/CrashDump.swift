// SPDX-License-Identifier: Apache-2.0

/// What a camera reports about a crash of its firmware.
public struct CrashDump: Sendable, Hashable {
    /// No report is longer, in bytes of JSON.
    public static let maximumBytes = 4 << 20

    /// The camera's own number.
    public var serialNumber: String
    /// As the camera gives it; JSON of no fixed form.
    public var json: String

    public init(serialNumber: String, json: String) {
        (self.serialNumber, self.json) = (serialNumber, json)
    }
}
