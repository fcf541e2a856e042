// SPDX-License-Identifier: Apache-2.0
import Appliance
import Core
import OAK
import Pipeline
import Testing

/// Where a slot stands and what it does next.
struct SlotStateMachineTests {
    private let cameraA = CameraSupply.cameras([.only: camera("A", port: 1)])
    private let cameraB = CameraSupply.cameras([.only: camera("B", port: 2)])

    private func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }

    @Test func absentFoundStartingRunningLost() {
        var life = SlotStateMachine()
        #expect(life.next(.unknown, at: time(0)) == .wait(until: nil))
        #expect(life.state == .starting)
        #expect(life.next(.none(why: "nothing"), at: time(0)) == .wait(until: nil))
        #expect(life.state == .absent && life.why == "nothing")
        #expect(life.next(cameraA, at: time(1)) == .open(cameraA))
        #expect(life.state == .starting)
        life.runs(at: time(2))
        #expect(life.state == .running && life.why.isEmpty)
        life.ended(.lost("/dev/video2: gone"), at: time(3))
        #expect(life.state == .lost && life.why == "/dev/video2: gone")
        #expect(life.next(.none(why: "nothing"), at: time(3)) == .wait(until: nil))
        #expect(life.state == .lost && life.why == "nothing")
    }

    @Test func anotherCameraIsTakenAtOnceAndTheSameOneAfterAPause() {
        var life = SlotStateMachine()
        _ = life.next(cameraA, at: time(0))
        life.runs(at: time(0))
        life.ended(.lost("frozen"), at: time(1))
        #expect(life.next(cameraA, at: time(1)) == .wait(until: time(1.25)))
        #expect(life.state == .lost)
        #expect(life.next(cameraB, at: time(1)) == .open(cameraB))
    }

    @Test func failuresArePacedUntilItHasRunSoundly() {
        var life = SlotStateMachine()
        var now = 0.0
        var pauses: [Double] = []
        for _ in 0..<8 {
            while case .wait(let deadline) = life.next(cameraA, at: time(now)), let deadline {
                pauses.append(Double(deadline.nanoseconds) / 1e9 - now)
                now = Double(deadline.nanoseconds) / 1e9
            }
            life.runs(at: time(now))
            now += 1
            life.ended(.lost("frozen"), at: time(now))
        }
        #expect(pauses == [0.25, 0.5, 1, 2, 4, 8, 10])
        _ = life.next(cameraA, at: time(now + 10))
        life.runs(at: time(now + 10))
        life.ended(.lost("frozen"), at: time(now + 21))
        #expect(life.next(cameraA, at: time(now + 21)) == .wait(until: time(now + 21.25)))
    }

    @Test func anOAKIsTriedLessOftenAndMustRunAMinute() {
        let oak = CameraSupply.oak(.camera(plug: 1))
        var life = SlotStateMachine()
        var now = 0.0
        func fall(after seconds: Double) -> Double {
            #expect(life.next(oak, at: time(now)) == .open(oak))
            life.runs(at: time(now))
            now += seconds
            life.ended(.lost("gone"), at: time(now))
            guard case .wait(let deadline?) = life.next(oak, at: time(now)) else { return 0 }
            let pause = Double(deadline.nanoseconds) / 1e9 - now
            now += pause
            return pause
        }
        #expect((0..<7).map { _ in fall(after: 59) } == [1, 2, 4, 8, 16, 30, 30])
        #expect(fall(after: 61) == 1)
        // Plugged in anew it is tried at once, and from the beginning.
        life.ended(.lost("gone"), at: time(now))
        #expect(life.next(.oak(.camera(plug: 2)), at: time(now)) == .open(.oak(.camera(plug: 2))))
    }

    @Test func whatIsRefusedWaitsAndIsTriedAtOnceWhenTheOwnerAsksForSomethingElse() {
        var life = SlotStateMachine()
        _ = life.next(.settings, at: time(0))
        life.ended(.refused("no folder"), at: time(0))
        #expect(life.state == .refused && life.why == "no folder")
        #expect(life.next(.settings, at: time(0)) == .wait(until: time(0.25)))
        life.retry()
        #expect(life.next(.settings, at: time(0)) == .open(.settings))
    }

    @Test func aRecordingThatEndedRestsUntilAskedAgain() {
        var life = SlotStateMachine()
        _ = life.next(.settings, at: time(0))
        life.runs(at: time(0))
        life.ended(.finished, at: time(9))
        #expect(life.next(.settings, at: time(100)) == .wait(until: nil))
        #expect(life.state == .finished)
        life.retry()
        #expect(life.next(.settings, at: time(100)) == .open(.settings))
    }

    @Test func theDemoGivesWayAndTellsWhatKeepsACameraOut() {
        var life = SlotStateMachine()
        #expect(life.next(.demo(why: "may not be opened"), at: time(0)) == .open(.demo(why: "may not be opened")))
        life.runs(at: time(0))
        #expect(life.state == .running && life.why == "may not be opened")
        life.ended(.calledOff, at: time(5))
        #expect(life.next(cameraA, at: time(5)) == .open(cameraA))
        life.runs(at: time(6))
        #expect(life.why.isEmpty)
    }
}
