// SPDX-License-Identifier: Apache-2.0
import Core
import Synchronization
import Testing

struct MailboxTests {
    @Test func theOldestElementIsDroppedForANewOne() {
        let mailbox = Mailbox<Int>(capacity: 2, onFull: .dropOldest)
        #expect(mailbox.offer(1))
        #expect(mailbox.offer(2))
        #expect(!mailbox.offer(3))
        #expect([mailbox.poll(), mailbox.poll(), mailbox.poll()] == [2, 3, nil])
        #expect(mailbox.statistics == MailboxStatistics(accepted: 3, dropped: 1, waiting: 0))
    }

    @Test func theNewestElementIsDroppedWhenThatIsThePolicy() {
        let mailbox = Mailbox<Int>(capacity: 1, onFull: .dropNewest)
        mailbox.offer(1)
        #expect(!mailbox.offer(2))
        #expect(mailbox.poll() == 1)
        #expect(mailbox.poll() == nil)
    }

    @Test func aSuspendedSenderLosesNothing() {
        let mailbox = Mailbox<Int>(capacity: 1, onFull: .suspend)
        let sender = StageThread(name: "sender") {
            for number in 0..<1000 { mailbox.offer(number) }
            mailbox.close()
        }
        var received: [Int] = []
        while let number = mailbox.next() { received.append(number) }
        sender.join()
        #expect(received == Array(0..<1000))
    }

    @Test func aTaskReceivesWhatAThreadOffers() async {
        let mailbox = Mailbox<Int>(capacity: 4, onFull: .dropOldest)
        async let received = mailbox.receive()
        _ = StageThread(name: "sender") { mailbox.offer(7) }
        #expect(await received == 7)
    }

    @Test func aCancelledReceiverGetsNil() async {
        let mailbox = Mailbox<Int>(capacity: 1, onFull: .dropOldest)
        let task = Task { await mailbox.receive() }
        task.cancel()
        #expect(await task.value == nil)
        mailbox.offer(1)
        #expect(await mailbox.receive() == 1)
    }

    @Test func closingHandsOutWhatIsLeftAndThenNil() {
        let mailbox = Mailbox<Int>(capacity: 2, onFull: .dropOldest)
        mailbox.offer(1)
        mailbox.close()
        #expect(!mailbox.offer(2))
        #expect(mailbox.next() == 1)
        #expect(mailbox.next() == nil)
    }

    @Test func aDeadlineInThePastDoesNotWait() {
        let mailbox = Mailbox<Int>(capacity: 1, onFull: .dropOldest)
        #expect(mailbox.next(until: .now()) == nil)
    }

    @Test func readinessIsToldOncePerFilling() {
        let mailbox = Mailbox<Int>(capacity: 4, onFull: .dropOldest)
        let told = Counter()
        mailbox.setOnReady { told.add() }
        mailbox.offer(1)
        mailbox.offer(2)
        #expect(told.current == 1)
        _ = mailbox.poll()
        _ = mailbox.poll()
        mailbox.offer(3)
        #expect(told.current == 2)
    }

    @Test func manySendersLoseNothingUncounted() {
        let mailbox = Mailbox<Int>(capacity: 8, onFull: .dropOldest)
        let senders = (0..<4).map { _ in StageThread(name: "sender") { for number in 0..<10_000 { mailbox.offer(number) } } }
        let received = Counter()
        let receiver = StageThread(name: "receiver") { while mailbox.next() != nil { received.add() } }
        for sender in senders { sender.join() }
        mailbox.close()
        receiver.join()
        let statistics = mailbox.statistics
        #expect(statistics.accepted == 40_000)
        #expect(received.current + statistics.dropped == 40_000)
    }
}
