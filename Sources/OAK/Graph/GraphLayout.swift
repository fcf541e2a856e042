// SPDX-License-Identifier: Apache-2.0

/// A firmware release by the layout of its node properties. Firmware refuses another one, and says nothing about its own: who
/// uploads an image knows its release.
public enum GraphLayout: String, Sendable, Hashable, CaseIterable {
    case release2_30 = "2.30.0.0"
    case release2_33 = "2.33.0.0"
}
