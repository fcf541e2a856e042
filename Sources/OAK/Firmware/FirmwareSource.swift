// SPDX-License-Identifier: Apache-2.0

/// Where the firmware comes from that cameras are booted with.
public protocol FirmwareSource: Sendable {
    /// The image to boot with; nil when none is imported.
    func preferred() -> IdentifiedFirmware?
}
