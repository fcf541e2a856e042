// SPDX-License-Identifier: Apache-2.0
package import Core
import OAK
package import Pipeline

/// Where a slot stands and what it does next. Pure: the supervisor performs the steps and tells how they ended.
package struct SlotStateMachine: Sendable {
    /// What to do now.
    package enum Step: Hashable {
        /// Open this and deliver from it.
        case open(CameraSupply)
        /// Wait until something changes, or until then.
        case wait(until: Timestamp?)
    }

    /// How a step ended.
    package enum Ending: Hashable {
        /// The slot was called off: what it may open has changed, or it is to end.
        case calledOff
        /// A recording came to its end.
        case finished
        /// The camera was there and is not, or sends nothing any more.
        case lost(String)
        /// It cannot work as it is set up.
        case refused(String)
    }

    package private(set) var state = CameraState.starting
    /// Why it is in that state; while running, what keeps the demo in the place of a camera.
    package private(set) var why = ""
    private var supply: CameraSupply?
    private var backoff = Backoff()
    private var pace = SlotPace.camera
    /// Not to be tried again before this.
    private var pause: Timestamp?
    private var isOver = false
    private var hasRun = false
    private var runningSince: Timestamp?

    package init() {}

    /// What to do, given what the slot may open.
    package mutating func next(_ supply: CameraSupply, at now: Timestamp) -> Step {
        if supply != self.supply { take(supply) }
        switch supply {
        case .unknown:
            (state, why) = (hasRun ? .lost : .starting, "looking for cameras")
            return .wait(until: nil)
        case .none(let reason):
            (state, why) = (hasRun ? .lost : .absent, reason)
            return .wait(until: nil)
        case .settings, .cameras, .oak, .demo:
            if isOver { return .wait(until: nil) }
            if let pause, now < pause { return .wait(until: pause) }
            (state, why) = (.starting, "")
            return .open(supply)
        }
    }

    private mutating func take(_ supply: CameraSupply) {
        self.supply = supply
        pace = SlotPace(supply)
        backoff = pace.backoff
        pause = nil
        isOver = false
        switch supply {
        case .cameras, .oak(.camera): (state, why) = (.found, "")
        default: break
        }
    }

    /// Frames flow.
    package mutating func runs(at now: Timestamp) {
        runningSince = now
        hasRun = true
        state = .running
        why = if case .demo(let reason) = supply { reason } else { "" }
    }

    /// A step is over.
    package mutating func ended(_ ending: Ending, at now: Timestamp) {
        if let since = runningSince, now.nanoseconds(since: since) >= pace.soundNanoseconds { backoff.reset() }
        runningSince = nil
        switch ending {
        case .calledOff:
            pause = nil
            if state == .running { (state, why) = (.starting, "the source changes") }
        case .finished:
            isOver = true
            (state, why) = (.finished, "the recording has ended")
        case .lost(let reason):
            pause = now.advanced(byNanoseconds: backoff.nextDelay())
            (state, why) = (.lost, reason)
        case .refused(let reason):
            pause = now.advanced(byNanoseconds: backoff.nextDelay())
            (state, why) = (.refused, reason)
        }
    }

    /// The owner asked for something else: whatever was waited for, it is tried at once.
    package mutating func retry() {
        pause = nil
        isOver = false
    }
}

/// How failures follow each other.
private struct SlotPace {
    let backoff: Backoff
    /// A source that ran for so long was not broken: the next failure is its first.
    let soundNanoseconds: Int64

    static let camera = SlotPace(backoff: Backoff(), soundNanoseconds: 10_000_000_000)
    /// Each time an OAK is opened it boots and restarts, and what makes it fall may take a minute to do so again.
    static let oak = SlotPace(
        backoff: Backoff(firstNanoseconds: 1_000_000_000, longestNanoseconds: 30_000_000_000), soundNanoseconds: 60_000_000_000)
}

extension SlotPace {
    init(_ supply: CameraSupply) { self = if case .oak = supply { .oak } else { .camera } }
}
