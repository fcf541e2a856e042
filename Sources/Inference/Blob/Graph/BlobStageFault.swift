// SPDX-License-Identifier: Apache-2.0

/// Why a stage cannot run here.
struct BlobStageFault: Error {
    let reason: String
    /// Whether the fault may come from another stage that was refused before.
    let isConsequence: Bool

    init(_ reason: String, isConsequence: Bool = false) {
        self.reason = reason
        self.isConsequence = isConsequence
    }

    init(_ error: BlobFormatError) {
        self.init("its parameters cannot be read: \(error)")
    }
}
