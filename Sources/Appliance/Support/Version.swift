// SPDX-License-Identifier: Apache-2.0

/// What this build calls itself.
public enum Version {
    /// Semantic version; the CHANGELOG has an entry for it.
    public static let current = "0.1.0"
}
