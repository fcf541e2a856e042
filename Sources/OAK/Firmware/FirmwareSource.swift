// SPDX-License-Identifier: Apache-2.0

/// Where the firmware comes from that cameras are booted with.
public protocol FirmwareSource: Sendable {
    /// The image to boot with; nil when none is imported. Reads and checks all of it.
    func preferred() -> IdentifiedFirmware?

    /// Whether there is an image, without reading it.
    var isImported: Bool { get }

    /// The release of the image to boot with, without reading it; nil when none is imported or its release is not known.
    var preferredRelease: String? { get }
}
