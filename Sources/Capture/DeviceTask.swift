// SPDX-License-Identifier: Apache-2.0

/// A task that a camera with a processor of its own can take over from the box.
public enum DeviceTask: String, Sendable, Hashable, CaseIterable {
    case depth, network, video
}
