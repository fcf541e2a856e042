// SPDX-License-Identifier: Apache-2.0
import Core
import Testing

struct MeasureTests {
    @Test func percentilesAreWithinTheirBuckets() {
        let meter = StageMeter()
        for milliseconds in 1...100 {
            meter.record(wall: Int64(milliseconds) * 1_000_000, at: Timestamp(nanoseconds: Int64(milliseconds) * 33_333_333))
        }
        let figures = meter.snapshot
        #expect(figures.count == 100)
        #expect(abs(figures.meanMilliseconds - 50.5) < 0.01)
        #expect(abs(figures.p50Milliseconds - 50) < 50 * 0.13)
        #expect(abs(figures.p99Milliseconds - 99) < 99 * 0.13)
        #expect(abs(figures.framesPerSecond - 30) < 0.1)
    }

    @Test func aMeterWithoutMeasurementsSaysZero() {
        #expect(StageMeter().snapshot.p99Milliseconds == 0)
    }

    @Test func waitsDoubleUpToTheLongest() {
        var backoff = Backoff(firstNanoseconds: 10, longestNanoseconds: 70)
        #expect((0..<5).map { _ in backoff.nextDelay() } == [10, 20, 40, 70, 70])
        backoff.reset()
        #expect(backoff.nextDelay() == 10)
    }

    @Test func waitsNeverOverflow() {
        var backoff = Backoff(firstNanoseconds: .max / 4, longestNanoseconds: .max)
        for _ in 0..<100 { #expect(backoff.nextDelay() > 0) }
    }

    @Test func aStoppedSignalDoesNotSleep() {
        let signal = StopSignal()
        signal.stop()
        #expect(!signal.sleep(until: Timestamp.now().advanced(byNanoseconds: 3_600_000_000_000)))
    }

    @Test func whatBlocksElsewhereIsCutShortByStopAndByNothingElse() {
        let (signal, cuts) = (StopSignal(), Counter())
        let blocked = Mailbox<Never>(capacity: 1, onFull: .dropNewest)
        signal.cutting(short: { cuts.add() }) {}
        signal.onStop { cuts.add() }.cancel()
        let worker = StageThread(name: "blocked") { signal.cutting(short: { blocked.close() }) { _ = blocked.next() } }
        signal.stop()
        worker.join()
        #expect(cuts.current == 0)
        // After a stop nothing begins to block.
        signal.cutting(short: { cuts.add() }) {}
        #expect(cuts.current == 1)
    }

    @Test func aSleepingThreadIsWokenByStop() {
        let signal = StopSignal()
        let sleeper = StageThread(name: "sleeper") {
            _ = signal.sleep(until: Timestamp.now().advanced(byNanoseconds: 3_600_000_000_000))
        }
        signal.stop()
        sleeper.join()
        #expect(signal.isStopped)
    }
}
