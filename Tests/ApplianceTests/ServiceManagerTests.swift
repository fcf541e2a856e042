// SPDX-License-Identifier: Apache-2.0
import Appliance
import Core
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

/// What a service manager hears of the daemon.
struct ServiceManagerTests {
    @Test(arguments: [false, true])
    func newsArriveInOneDatagram(isAbstract: Bool) throws {
        let socket = try NotifySocket(isAbstract: isAbstract)
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.name])
        manager.tell(.status("two\nlines"), .ready)
        manager.tell(.reloading(at: Timestamp(nanoseconds: 7_000_900)))
        manager.tell(.alive)
        #expect(try socket.next() == "STATUS=two lines\nREADY=1")
        #expect(try socket.next() == "RELOADING=1\nMONOTONIC_USEC=7000")
        #expect(try socket.next() == "WATCHDOG=1")
    }

    @Test func nobodyIsToldWhereNobodyListens() {
        for name in [nil, "", "/", "relative", "/nowhere/notify", "vsock:2:1", "/" + String(repeating: "x", count: 200)] {
            ServiceManager(environment: name.map { ["NOTIFY_SOCKET": $0] } ?? [:]).tell(.ready, .alive)
        }
        #expect(!ServiceManager(environment: ["NOTIFY_SOCKET": "relative"]).isListening)
    }

    @Test func theWatchdogIsOursOnlyWhenItNamesUs() {
        func watchdog(_ more: [String: String]) -> Int64? {
            ServiceManager(environment: ["NOTIFY_SOCKET": "/run/notify"].merging(more) { $1 }, process: 42).watchdog
        }
        #expect(watchdog(["WATCHDOG_USEC": "20000000"]) == 20_000_000_000)
        #expect(watchdog(["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "42"]) == 20_000_000_000)
        #expect(watchdog(["WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "43"]) == nil)
        for nonsense in ["", "0", "-1", "soon", "9223372036854775807"] { #expect(watchdog(["WATCHDOG_USEC": nonsense]) == nil) }
        #expect(ServiceManager(environment: ["WATCHDOG_USEC": "20000000"]).watchdog == nil)
    }

    @Test func theWatchdogIsFedOnlyWhileEveryStageIsFresh() throws {
        let socket = try NotifySocket(isAbstract: true)
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "1000000"])
        let stereo = Heartbeat("stereo")
        let network = Heartbeat("network")
        let watch = Watchdog(
            manager, logger: Logger(label: "test"), heartbeats: { [stereo, network] }, summary: { "all is well" })
        var look = Watchdog.Look()
        func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }
        stereo.begins(at: at(0))
        watch.take(&look, at: at(0.5))
        #expect(try socket.next() == "STATUS=all is well")
        #expect(try socket.next() == "WATCHDOG=1")
        watch.take(&look, at: at(1.5))
        #expect(try socket.next() == "STATUS=hanging: stereo")
        network.begins(at: at(1))
        watch.take(&look, at: at(3))
        #expect(try socket.next() == "STATUS=hanging: network, stereo")
        network.rests()
        stereo.rests()
        watch.take(&look, at: at(4))
        #expect(try socket.next() == "STATUS=all is well")
        #expect(try socket.next() == "WATCHDOG=1")
        #expect(try socket.isEmpty)
    }

    @Test func theJournalGetsPrioritiesAndNoTimes() {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "depthd") { _ in JournalLogHandler { line in lines.withLock { $0.append(line) } } }
        logger.logLevel = .trace
        logger[metadataKey: "camera"] = "yard"
        logger.error("gone\nand why")
        logger[metadataKey: "camera"] = nil
        logger.debug("small")
        logger.info("usual")
        logger.warning("odd")
        #expect(
            lines.withLock { $0 } == ["<3>camera=yard: gone\n<3>and why\n", "<7>small\n", "<6>usual\n", "<4>odd\n"])
    }

    @Test func theJournalIsKnownByItsDeviceAndInode() throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var file = stat()
        try #require(fstat(descriptor, &file) == 0)
        func isJournal(_ stream: String?) -> Bool {
            JournalLogHandler.isJournal(environment: stream.map { ["JOURNAL_STREAM": $0] } ?? [:], descriptor: descriptor)
        }
        #expect(isJournal("\(file.st_dev):\(file.st_ino)"))
        #expect(!isJournal("\(file.st_dev):\(file.st_ino + 1)"))
        #expect(!isJournal(nil) && !isJournal("") && !isJournal("1") && !isJournal("a:b"))
    }
}
