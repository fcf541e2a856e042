// SPDX-License-Identifier: Apache-2.0
import Core
import TestSupport
import Testing
import USB

struct LedgerTests {
    private let pace = DebouncePace(quiet: 100, longest: 500)

    private func at(_ nanoseconds: Int64) -> Timestamp { Timestamp(nanoseconds: nanoseconds) }

    /// Checks what settles; the macro cannot hold a mutating call.
    private func expect(_ ledger: inout DeviceLedger, _ nanoseconds: Int64, _ holds: ([DeviceChange]) -> Bool) {
        let changes = ledger.settle(at: at(nanoseconds))
        #expect(holds(changes), "\(changes) at \(nanoseconds)")
    }

    @Test func aDeviceIsToldOnceItHasBeenQuiet() {
        var ledger = DeviceLedger(pace: pace)
        let camera = DeviceFixtures.camera(0)
        ledger.attached(camera, at: at(0))
        #expect(ledger.deadline == at(100))
        expect(&ledger, 99) { $0.isEmpty }
        #expect(ledger.roster.devices.isEmpty)
        expect(&ledger, 100) { $0 == [.added(camera)] }
        #expect(ledger.roster.devices == [camera])
        #expect(ledger.deadline == nil)
    }

    @Test func everyEventStartsTheQuietTimeAnewButNotForEver() {
        var ledger = DeviceLedger(pace: pace)
        var camera = DeviceFixtures.camera(0)
        for time in stride(from: Int64(0), to: 2000, by: 50) {
            camera.name = "name \(time)"
            ledger.attached(camera, at: at(time))
            let changes = ledger.settle(at: at(time))
            #expect(changes.isEmpty == (time % 550 != 500), "\(time)")
        }
    }

    @Test func anUnchangedDeviceSaysNothing() {
        var ledger = DeviceLedger(pace: pace)
        ledger.attached(DeviceFixtures.camera(0), at: at(0))
        _ = ledger.settle(at: at(100))
        ledger.attached(DeviceFixtures.camera(0), at: at(200))
        #expect(ledger.deadline == nil)
    }

    @Test func otherPropertiesAreAChange() {
        var ledger = DeviceLedger(pace: pace)
        let before = DeviceFixtures.camera(0)
        ledger.attached(before, at: at(0))
        _ = ledger.settle(at: at(100))
        var after = before
        after.links.append("/dev/front")
        ledger.attached(after, at: at(200))
        expect(&ledger, 300) { $0 == [.changed(from: before, to: after)] }
    }

    @Test func aCameraThatWasPulledAndPutBackInAMomentIsBothRemovedAndAdded() {
        var ledger = DeviceLedger(pace: pace)
        let camera = DeviceFixtures.camera(0)
        ledger.attached(camera, at: at(0))
        _ = ledger.settle(at: at(100))
        ledger.detached(camera.systemPath, at: at(200))
        ledger.attached(camera, at: at(210))
        expect(&ledger, 310) { $0 == [.removed(camera), .added(camera)] }
    }

    @Test func aCameraThatCameBackWhileEventsWereLostIsKnownByItsIncarnation() {
        var ledger = DeviceLedger(pace: pace)
        let old = DeviceFixtures.camera(0, incarnation: 1)
        let new = DeviceFixtures.camera(0, incarnation: 2)
        ledger.replace(with: [old], at: at(0))
        _ = ledger.settle(at: at(100))
        ledger.replace(with: [new], at: at(200))
        expect(&ledger, 300) { $0 == [.removed(old), .added(new)] }
    }

    @Test func whatCameAndWentUnheardLeavesNoTrace() {
        var ledger = DeviceLedger(pace: pace)
        let camera = DeviceFixtures.camera(0)
        for time in Int64(0)..<1000 {
            ledger.attached(camera, at: at(time))
            ledger.detached(camera.systemPath, at: at(time))
        }
        #expect(ledger.deadline == nil)
        expect(&ledger, 5000) { $0.isEmpty }
    }

    @Test func aRemovalOfTheUnknownIsNothing() {
        var ledger = DeviceLedger(pace: pace)
        ledger.detached("/sys/nowhere", at: at(0))
        #expect(ledger.deadline == nil)
    }

    @Test func readingTheListAnewTellsOnlyDifferences() {
        var ledger = DeviceLedger(pace: pace)
        let (first, second, third) = (DeviceFixtures.camera(0), DeviceFixtures.camera(1), DeviceFixtures.camera(2))
        ledger.replace(with: [first, second], at: at(0))
        expect(&ledger, 100) { $0 == [.added(first), .added(second)] }
        ledger.replace(with: [second, third], at: at(200))
        expect(&ledger, 300) { $0 == [.removed(first), .added(third)] }
    }

    @Test func aHundredPlugsASecondForAMinuteAreFewNewsOfTheTruth() {
        var ledger = DeviceLedger(pace: .usual)
        var random = SeededRandom(7)
        var live: [String: AttachedDevice] = [:]
        var deliveries = 0
        for event in 0..<6000 {
            let now = at(Int64(event) * 10_000_000)
            let camera = DeviceFixtures.camera(Int.random(in: 0..<4, using: &random), incarnation: UInt64(event + 1))
            if live.removeValue(forKey: camera.systemPath) != nil {
                ledger.detached(camera.systemPath, at: now)
            } else {
                live[camera.systemPath] = camera
                ledger.attached(camera, at: now)
            }
            if !ledger.settle(at: now).isEmpty { deliveries += 1 }
        }
        // Four devices, each at most twice a second.
        #expect((60...480).contains(deliveries))
        _ = ledger.settle(at: at(.max))
        #expect(Set(ledger.roster.devices) == Set(live.values))
    }

    @Test func theToldListAlwaysFollowsFromTheToldChanges() {
        var random = SeededRandom(11)
        for _ in 0..<200 {
            var ledger = DeviceLedger(pace: pace)
            var told: [String: AttachedDevice] = [:]
            var now: Int64 = 0
            for _ in 0..<60 {
                now += Int64.random(in: 0...120, using: &random)
                let camera = DeviceFixtures.camera(
                    Int.random(in: 0..<3, using: &random), incarnation: UInt64.random(in: 1...3, using: &random))
                switch Int.random(in: 0..<3, using: &random) {
                case 0: ledger.detached(camera.systemPath, at: at(now))
                case 1: ledger.attached(camera, at: at(now))
                default: ledger.replace(with: [camera], at: at(now))
                }
                for change in ledger.settle(at: at(now)) {
                    let path = change.device.systemPath
                    switch change {
                    case .added(let device):
                        #expect(told[path] == nil)
                        told[path] = device
                    case .removed(let device):
                        #expect(told[path] == device)
                        told[path] = nil
                    case .changed(let before, let after):
                        #expect(told[path] == before)
                        told[path] = after
                    }
                }
                #expect(Set(ledger.roster.devices) == Set(told.values))
            }
        }
    }

    @Test func thereIsAnEndToWhatItTakesIn() {
        var ledger = DeviceLedger(pace: pace)
        for number in 0..<DeviceLedger.capacity { ledger.attached(DeviceFixtures.camera(number), at: at(0)) }
        let (another, known) = (
            ledger.attached(DeviceFixtures.camera(9999), at: at(0)),
            ledger.attached(DeviceFixtures.camera(5, incarnation: 9), at: at(0))
        )
        #expect(!another && known)
        expect(&ledger, 100) { $0.count == DeviceLedger.capacity }
    }
}
