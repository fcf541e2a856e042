// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import TestSupport
import Testing
import USB

struct DeviceHandleTests {
    private static let limit: Int64 = 60_000_000_000

    private func read(_ count: Int, _ handle: USBDeviceHandle) throws(USBTransferError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBufferPointer { buffer throws(USBTransferError) in
            try handle.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        return bytes
    }

    private func write(_ bytes: [UInt8], _ handle: USBDeviceHandle, limit: Int64 = Self.limit) throws(USBTransferError) {
        try bytes.withUnsafeBufferPointer { buffer throws(USBTransferError) in
            try handle.write(UnsafeRawBufferPointer(buffer), limitNanoseconds: limit)
        }
    }

    private func failure(_ body: () throws(USBTransferError) -> Void) -> USBTransferError? {
        do throws(USBTransferError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    /// Waits until the kernel has been given a transfer.
    private func wait(_ node: PretendNode, until isSo: @escaping @Sendable (PretendNode.Life) -> Bool) async throws {
        let end = Timestamp.now().advanced(byNanoseconds: Self.limit)
        try await Blocking.run { while !isSo(node.now), Timestamp.now() < end { sched_yield() } }
        #expect(isSo(node.now))
    }

    @Test func whatIsReadComesInTransfersOfAMiBAndShortOnesAreGoneOnWith() throws {
        let node = PretendNode()
        let handle = try USBDeviceHandle(node)
        #expect(handle.speedMegabits == 480)
        var random = SeededRandom(1)
        let (header, large, rest) = (random.bytes(84), random.bytes(1 << 20), random.bytes(1000))
        node.send(header, large, Array(rest[..<400]), Array(rest[400...]))
        #expect(try read(84, handle) == header)
        #expect(try read((1 << 20) + 1000, handle) == large + rest)
        #expect(node.now.asked == [84, 1 << 20, 1000, 600])
    }

    @Test func whatIsWrittenGoesInTransfersOfAMiBAndNothingIsATransferOfNothing() throws {
        let node = PretendNode()
        let handle = try USBDeviceHandle(node)
        var random = SeededRandom(2)
        let bytes = random.bytes((2 << 20) + 5)
        try write(bytes, handle)
        #expect(node.now.taken.map(\.count) == [1 << 20, 1 << 20, 5])
        #expect(Array(node.now.taken.joined()) == bytes)
        try write([], handle)
        #expect(node.now.taken.last == [] && node.now.taken.count == 4)
    }

    /// Each thread takes back whatever is over, so each gets the other's transfers again and again.
    @Test func aReaderAndAWriterDoNotTakeEachOthersTransfers() async throws {
        let node = PretendNode()
        let handle = try USBDeviceHandle(node)
        let rounds = 3000
        async let written: Void = Blocking.run {
            for round in 0..<rounds { try self.write([UInt8(truncatingIfNeeded: round)], handle) }
        }
        async let sent: Void = Blocking.run { for round in 0..<rounds { node.send([UInt8(truncatingIfNeeded: round), 7]) } }
        let got = try await Blocking.run { try (0..<rounds).map { _ in try self.read(2, handle)[0] } }
        _ = try await (written, sent)
        let expected = (0..<rounds).map { UInt8(truncatingIfNeeded: $0) }
        #expect(got == expected && node.now.taken.map { $0[0] } == expected && node.now.mistakes == 0)
    }

    @Test func aWriteThatNobodyTakesEndsAtItsLimit() throws {
        let node = PretendNode { $0.taking = nil }
        let handle = try USBDeviceHandle(node)
        #expect(
            failure { () throws(USBTransferError) in try write([1], handle, limit: 20_000_000) }
                == .timedOut("The USB device /dev/bus/usb/001/002 takes no bytes"))
        #expect(node.now.discarded == 1)
        node.change { $0.taking = 0 }
        try write([2], handle)
        #expect(node.now.taken == [[2]])
    }

    @Test func shutdownEndsAReadAndAWriteThatWaitAndTheLastOfThemCloses() async throws {
        let node = PretendNode { $0.taking = nil }
        let handle = try USBDeviceHandle(node)
        async let reading = Blocking.run { self.failure { () throws(USBTransferError) in _ = try self.read(84, handle) } }
        async let writing = Blocking.run { self.failure { () throws(USBTransferError) in try self.write([1], handle) } }
        try await wait(node) { $0.isReading && $0.isWriting }
        handle.shutdown()
        handle.shutdown()
        let closed = USBTransferError.gone("The USB device /dev/bus/usb/001/002 was closed")
        #expect(try await reading == closed)
        #expect(try await writing == closed)
        #expect(node.now.discarded == 2 && node.now.closed == 1 && node.now.mistakes == 0)
        #expect(failure { () throws(USBTransferError) in _ = try read(1, handle) } == closed)
        #expect(failure { () throws(USBTransferError) in try write([], handle) } == closed)
    }

    @Test func aDeviceThatNobodyUsesIsClosedAtOnceAndOnce() throws {
        let node = PretendNode()
        var handle: USBDeviceHandle? = try USBDeviceHandle(node)
        handle?.shutdown()
        #expect(node.now.closed == 1)
        handle = nil
        #expect(node.now.closed == 1)
        let other = PretendNode()
        _ = try USBDeviceHandle(other)
        #expect(other.now.closed == 1)
    }

    @Test(arguments: [ESHUTDOWN, EPROTO, EILSEQ])
    func aPulledPlugEndsAReadThatWaits(code: Int32) async throws {
        let node = PretendNode()
        let handle = try USBDeviceHandle(node)
        async let reading = Blocking.run { self.failure { () throws(USBTransferError) in _ = try self.read(84, handle) } }
        try await wait(node) { $0.isReading }
        node.unplug(code)
        let gone = try await reading
        #expect(gone?.isGone == true && gone?.description.contains("check its cable and power") == true)
        #expect(failure { () throws(USBTransferError) in try write([1], handle) }?.isGone == true)
    }

    /// The kernel still has the transfer then, and would write into its buffer if anybody took it back.
    @Test func whatTheKernelKeepsOfADeviceThatIsGoneIsNeverTakenBack() async throws {
        let node = PretendNode()
        let handle = try USBDeviceHandle(node)
        async let reading = Blocking.run { self.failure { () throws(USBTransferError) in _ = try self.read(84, handle) } }
        try await wait(node) { $0.isReading }
        node.vanish()
        #expect(try await reading?.isGone == true)
        node.send([UInt8](repeating: 1, count: 84))
        #expect(failure { () throws(USBTransferError) in try write([1], handle) }?.isGone == true)
        #expect(node.now.isUntaken)
    }

    @Test func aDeviceThatSendsMoreThanItAnnouncedIsReported() throws {
        let node = PretendNode()
        let handle = try USBDeviceHandle(node)
        node.send([UInt8](repeating: 0, count: 85))
        #expect(
            failure { () throws(USBTransferError) in _ = try read(84, handle) }
                == .failed("The USB device /dev/bus/usb/001/002 sent more than it announced"))
    }

    @Test func aKernelWithoutMemoryNamesTheRemedy() throws {
        let handle = try USBDeviceHandle(PretendNode { $0.submitting = ENOMEM })
        let error = failure { () throws(USBTransferError) in _ = try read(84, handle) }
        #expect(error?.description.contains("usbcore.usbfs_memory_mb") == true)
    }

    @Test func controlTransfersHaveALimitOfAtLeastAMillisecond() throws {
        let node = PretendNode()
        let handle = try USBDeviceHandle(node)
        try handle.control(type: 0, request: 0xF5, value: 0x0DA1, index: 0, limitNanoseconds: 1_000_000_000)
        try handle.control(type: 0, request: 0xF5, value: 0x0DA1, index: 0, limitNanoseconds: 0)
        #expect(node.now.calls.suffix(2) == ["control 0 245 3489 0 1000", "control 0 245 3489 0 1"])
    }

    private func opening(_ change: (inout PretendNode.Life) -> Void) -> (PretendNode, USBTransferError?) {
        let node = PretendNode(change)
        return (node, failure { () throws(USBTransferError) in _ = try USBDeviceHandle(node) })
    }

    @Test func aDeviceThatIsNotConfiguredIsConfiguredAndADriverIsDetached() {
        #expect(opening { _ in }.0.now.calls == ["claim"])
        #expect(opening { $0.claims = [ENOENT] }.0.now.calls == ["claim", "configure", "claim"])
        #expect(opening { $0.claims = [EBUSY] }.0.now.calls == ["claim", "detach"])
    }

    @Test func aDeviceThatCannotBeHadIsClosedAndTheReasonGiven() {
        let (busy, held) = opening { life in (life.claims, life.detaching) = ([EBUSY], EBUSY) }
        #expect(held == .busy("Another program uses the USB device /dev/bus/usb/001/002; end that program"))
        #expect(busy.now.closed == 1)
        #expect(opening { $0.claims = [ENODEV] }.1 == .gone("The USB device /dev/bus/usb/001/002 is unplugged or has restarted"))
        let words =
            "depthd may not open /dev/bus/usb/001/002: its udev rule is missing. Install it with: sudo depthd install-rules"
        #expect(opening { $0.claims = [EACCES] }.1 == .notPermitted(words))
    }

    @Test func nodesThatAreNoneAreNamed() throws {
        func opening(_ path: String) -> USBTransferError? {
            let device = AttachedDevice(systemPath: "/sys/bus/usb/devices/1-1", kind: .usb, node: path)
            return failure { () throws(USBTransferError) in _ = try USBFSOpener().open(device) }
        }
        #expect(opening("/dev/bus/usb/999/999") == .gone("The USB device /dev/bus/usb/999/999 is unplugged or has restarted"))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("node-\(UUID().uuidString)")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        for path in ["/dev/null", file.path] {
            let words = opening(path)?.description ?? ""
            #expect(words.contains(path) && words.contains("Inappropriate ioctl"))
        }
        #expect(opening("")?.description.contains("has no node under /dev/bus/usb") == true)
    }
}

extension USBTransferError {
    fileprivate var isGone: Bool { if case .gone = self { true } else { false } }
}

struct BulkEndpointTests {
    @Test func theFirstOfEachWayCounts() throws {
        let endpoints = try #require(BulkEndpoints(PretendNode.descriptors + [7, 5, 0x02, 2, 0, 2, 0, 7, 5, 0x82, 2, 0, 2, 0]))
        #expect(endpoints.input == 0x81 && endpoints.output == 0x01)
    }

    @Test func thoseOfOtherKindsAndInterfacesDoNot() throws {
        let interface: [UInt8] = [9, 4, 1, 0, 2, 255, 0, 0, 0]
        let ends: [UInt8] = [7, 5, 0x03, 2, 0, 2, 0, 7, 5, 0x83, 2, 0, 2, 0]
        #expect(BulkEndpoints(interface + ends) == nil)
        let interrupt: [UInt8] = [9, 4, 0, 0, 2, 255, 0, 0, 0, 7, 5, 0x81, 3, 8, 0, 1, 7, 5, 0x01, 3, 8, 0, 1]
        #expect(BulkEndpoints(interrupt) == nil)
        #expect(BulkEndpoints(interface + ends + PretendNode.descriptors)?.input == 0x81)
    }

    @Test func noBytesDisturbIt() {
        for count in 0..<PretendNode.descriptors.count {
            #expect(BulkEndpoints(Array(PretendNode.descriptors[..<count])) == nil)
        }
        var random = SeededRandom(3)
        for _ in 0..<2000 { _ = BulkEndpoints(random.bytes(64)) }
        #expect(BulkEndpoints([0, 0, 0]) == nil)
    }
}
