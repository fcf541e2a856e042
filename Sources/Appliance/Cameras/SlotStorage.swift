// SPDX-License-Identifier: Apache-2.0
import OAK

/// What camera slots keep on the disk.
struct SlotStorage: Sendable {
    /// What clients deploy.
    let hub: HubStore
    /// What scripts write about a camera.
    let eeproms: EEPROMFolder
    /// What cameras are booted with.
    let firmware: FirmwareStore
    /// What cameras report about their crashes.
    let crashDumps: CrashDumpFolder

    init(_ storage: StateStorage) {
        hub = HubStore(storage)
        eeproms = EEPROMFolder(storage)
        firmware = FirmwareStore(storage)
        crashDumps = CrashDumpFolder(storage)
    }
}
