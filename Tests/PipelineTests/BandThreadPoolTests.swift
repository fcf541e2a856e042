// SPDX-License-Identifier: Apache-2.0
import Pipeline
import Synchronization
import Testing

struct BandThreadPoolTests {
    @Test(arguments: 1...4)
    func everyBandIsWorkedOnOnceAndAllAreDoneAfterwards(_ threads: Int) {
        let crew = BandThreadPool(threads: threads, name: "test bands")
        for count in [0, 1, 3, 8, 100] {
            let visits = Mutex([Int](repeating: 0, count: count))
            crew.work(count) { band in visits.withLock { $0[band] += 1 } }
            #expect(visits.withLock { $0 }.allSatisfy { $0 == 1 }, "\(count) bands on \(threads) threads")
        }
    }

    @Test func helpersWorkAtTheSameTimeAsTheirOwner() {
        // Each band waits until the other has begun: with one thread this would never end.
        let crew = BandThreadPool(threads: 2, name: "test bands")
        let begun = Atomic(0)
        crew.work(2) { _ in
            begun.add(1, ordering: .relaxed)
            while begun.load(ordering: .relaxed) < 2 {}
        }
        #expect(begun.load(ordering: .relaxed) == 2)
    }
}
