// SPDX-License-Identifier: Apache-2.0
import DepthAI
import Synchronization
import Testing

struct PacketFlowTests {
    private final class Book: Sendable {
        let lines = Mutex<[String]>([])
        func write(_ line: String) { lines.withLock { $0.append(line) } }
    }

    /// However many streams a client follows, it is told of a gap once, and of its end once.
    @Test func aGapIsToldOnce() {
        let book = Book()
        let flow = PacketFlow(onBreak: { book.write($0) }, onReturn: { book.write("back") })
        flow.flows()
        for _ in 0..<3 { flow.breaks("unplugged") }
        for _ in 0..<3 { flow.flows() }
        flow.breaks("again")
        #expect(book.lines.withLock { $0 } == ["unplugged", "back", "again"])
    }
}
