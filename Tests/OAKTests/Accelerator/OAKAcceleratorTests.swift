// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation
import Logging
import OAK
import Synchronization
import TestSupport
import Testing
import USB
import XLink

/// A camera's processor at work for others, with threads and a bus in memory.
struct OAKAcceleratorTests {
    /// Four by two pixels in planes; the sums of the planes come out.
    private static func network(_ blob: [UInt8] = [1, 2, 3], isPlanar: Bool = true) -> DeviceNetwork {
        DeviceNetwork(
            blob: blob, lenses: [], width: 4, height: 2, color: .bgr, isPlanar: isPlanar, fit: .stretch,
            outputs: [TensorDescription(name: "sums", shape: [1, 3], element: .float32)])
    }

    private static let picture = (0..<24).map { UInt8($0 * 3) }

    /// The parts of a box, ended with the test.
    private final class Box: Sendable {
        let bus: ProcessorBus
        let fleet: OAKFleet
        let accelerator: OAKAccelerator

        init(_ manner: PretendProcessor.Manner = .answers, refusal: String = "") {
            bus = ProcessorBus(manner, refusal: refusal)
            fleet = bus.makeFleet()
            accelerator = OAKAccelerator(fleet: fleet, logger: Logger(label: "test"))
        }

        func network(_ network: DeviceNetwork = OAKAcceleratorTests.network()) -> AcceleratedNetwork {
            AcceleratedNetwork(network, device: .usb, accelerator: accelerator)
        }

        func end() {
            accelerator.stop()
            accelerator.join()
        }
    }

    private static func run(_ network: AcceleratedNetwork, _ picture: [UInt8] = picture) -> [Float]? {
        let tensors = picture.withUnsafeBytes { network.outputs(of: $0) }
        return tensors?.withViews { views in views[0].floats.map(Array.init) ?? [] }
    }

    /// Runs pictures until one is answered; ten seconds at most.
    private static func served(_ network: AcceleratedNetwork, _ picture: [UInt8] = picture) -> [Float]? {
        let end = Timestamp.now().advanced(byNanoseconds: 10_000_000_000)
        while Timestamp.now() < end {
            if let sums = run(network, picture) { return sums }
            sched_yield()
        }
        return nil
    }

    private static func eventually(_ isSo: () -> Bool) -> Bool {
        let end = Timestamp.now().advanced(byNanoseconds: 10_000_000_000)
        while !isSo(), Timestamp.now() < end { sched_yield() }
        return isSo()
    }

    @Test(arguments: [true, false])
    func aPictureGoesThereAndItsOutputsComeBack(isPlanar: Bool) async throws {
        try await Blocking.run {
            let box = Box()
            defer { box.end() }
            let network = box.network(Self.network(isPlanar: isPlanar))
            // Nothing is asked for before the first run.
            #expect(box.bus.processors.isEmpty && !network.isServed && network.problem.isEmpty)
            #expect(Self.run(network) == nil && !network.problem.isEmpty)
            #expect(Self.served(network) == PretendProcessor.sums(Self.picture))
            #expect(network.isServed && network.problem.isEmpty)
            let processor = try #require(box.bus.processors.first)
            let format: DeviceFrame.Format = isPlanar ? .bgrPlanar : .bgrInterleaved
            let expected = PretendProcessor.Picture(
                format: format, width: 4, height: 2, stride: isPlanar ? 4 : 12, planes: isPlanar ? SIMD3(0, 8, 16) : .zero,
                bytes: Self.picture)
            #expect(processor.pictures == [expected])
            #expect(processor.stored == [1, 2, 3])
            let schema = try PlainSchema(try #require(processor.schema))
            #expect(schema.nodes.map { $0.name.prefix { $0 != " " } } == ["NeuralNetwork", "XLinkIn", "XLinkOut"])
        }
    }

    /// Every node as the vendor's library describes it: the same ports, and the same properties where ours are chosen alike.
    @Test(.enabled(if: SharedData.isRequired))
    func theGraphIsWhatTheVendorsLibraryMakes() throws {
        let blob = [UInt8](repeating: 0, count: 768)
        let ours = try PlainSchema(try DeviceGraph.accelerator(Self.network(blob), layout: .release2_30).schema())
        let number = MessagePackValue.unsigned(DeviceCallID.of("setPipelineSchema"))
        let requests = try OAKRig.packets("all").filter { $0.isFromHost && $0.stream == "__rpc_main" }
        let parts = try requests.compactMap { try MessagePackDecoder.decode($0.payload).list }
        let theirs = try PlainSchema(try #require(parts.first { $0[2] == number }?[3].list?.first))
        func kind(_ node: PlainSchema.Node) -> String { String(node.name.prefix { $0 != " " }) }
        for node in ours.nodes {
            let twins = theirs.nodes.filter { kind($0) == kind(node) }
            #expect(twins.contains { $0.ports == node.ports }, "\(node.name)")
            if kind(node) == "NeuralNetwork" { #expect(twins.contains { $0.properties == node.properties }) }
        }
        func ports(_ links: [String]) -> Set<String> {
            Set(links.map { $0.replacing(/\[[^\]]*\]/, with: "") })
        }
        #expect(ours.links.count == 2 && ports(theirs.links).isSuperset(of: ports(ours.links)))
        #expect(ours.globalProperties == theirs.globalProperties)
    }

    @Test func anotherPicturesAnswerIsNobodys() async throws {
        try await Blocking.run {
            let box = Box(.answersOthersToo)
            defer { box.end() }
            let network = box.network()
            #expect(Self.served(network) == PretendProcessor.sums(Self.picture))
            let other = [UInt8](repeating: 9, count: 24)
            #expect(Self.run(network, other) == PretendProcessor.sums(other))
        }
    }

    @Test func anAnswerThatIsLateIsDropped() async throws {
        try await Blocking.run {
            let box = Box()
            defer { box.end() }
            let network = box.network()
            #expect(Self.served(network) != nil)
            box.bus.processors[0].set(.isLate)
            #expect(Self.run(network) == nil)
            box.bus.processors[0].set(.answers)
            let other = [UInt8](repeating: 7, count: 24)
            #expect(Self.run(network, other) == PretendProcessor.sums(other))
            // One that was late does not cost the session.
            #expect(box.bus.processors.count == 1)
        }
    }

    @Test(arguments: [PretendProcessor.Manner.isSilent, .isAnother])
    func oneThatDoesNotAnswerIsStartedAgain(manner: PretendProcessor.Manner) async throws {
        try await Blocking.run {
            let box = Box(manner)
            defer { box.end() }
            let network = box.network()
            #expect(Self.eventually { Self.run(network) == nil && box.bus.processors.first?.pictures.count == 3 })
            box.bus.manner.withLock { $0 = .answers }
            #expect(Self.served(network) == PretendProcessor.sums(Self.picture))
            #expect(box.bus.processors.count == 2)
        }
    }

    @Test func oneThatIsPulledLeavesTheNetworkToTheBoxAndServesAgainWhenItIsBack() async throws {
        try await Blocking.run {
            let box = Box()
            defer { box.end() }
            let network = box.network()
            #expect(Self.served(network) != nil)
            box.bus.processors[0].set(.isSilent)
            let waiter = Mailbox<Bool>(capacity: 1, onFull: .dropNewest)
            _ = StageThread(name: "waiter") { waiter.offer(Self.run(network) == nil) }
            #expect(Self.eventually { box.bus.processors[0].pictures.count == 2 })
            box.bus.processors[0].pull()
            #expect(waiter.next() == true)
            #expect(Self.eventually { Self.run(network) == nil && !network.isServed })
            #expect(Self.served(network) == PretendProcessor.sums(Self.picture))
            #expect(box.bus.processors.count == 2)
        }
    }

    @Test func aSlotThatWantsTheCameraGetsItAtOnceAndTheAcceleratorGetsItBack() async throws {
        try await Blocking.run {
            let box = Box()
            defer { box.end() }
            let network = box.network()
            #expect(Self.served(network) != nil)
            #expect(box.fleet.state.idle.count == 1)
            box.fleet.set([wish(.a, .usb)])
            var camera: ConnectedCamera? = try box.fleet.connect(OAKSettings(device: .usb), for: .a, stop: StopSignal())
            #expect(camera?.id == Plugged.left && box.fleet.state.idle.isEmpty)
            #expect(Self.run(network) == nil)
            #expect(Self.eventually { network.problem.contains("in use by a") })
            camera?.transport.shutdown()
            camera = nil
            box.fleet.set([])
            #expect(Self.served(network) == PretendProcessor.sums(Self.picture))
        }
    }

    @Test func oneNetworkIsSharedAndAnotherWaitsUntilItsUsersAreGone() async throws {
        try await Blocking.run {
            let box = Box()
            defer { box.end() }
            var users = [box.network()]
            #expect(Self.served(users[0]) != nil)
            users.append(box.network())
            #expect(Self.run(users[1]) != nil)
            let other = box.network(Self.network([9]))
            #expect(Self.run(other) == nil && other.problem == "the accelerator runs another network")
            users.removeFirst()
            #expect(Self.run(users[0]) != nil && box.bus.processors.count == 1)
            users.removeAll()
            #expect(Self.served(other) != nil && box.bus.processors.count == 2)
            #expect(box.bus.processors.map(\.stored) == [[1, 2, 3], [9]])
        }
    }

    @Test func aRefusalIsToldInTheCamerasWordsAndNotTriedAgain() async throws {
        try await Blocking.run {
            let box = Box(refusal: "no shaves left")
            defer { box.end() }
            let network = box.network()
            #expect(Self.run(network) == nil)
            #expect(Self.eventually { network.problem.contains("refuses the network (no shaves left)") })
            // Nobody has the camera any more.
            #expect(Self.eventually { box.fleet.state.all.allSatisfy { $0.holder == nil } })
            #expect(box.fleet.state.offer(for: .accelerator) == nil && box.bus.processors.count == 1)
        }
    }

    /// The rig reads the pictures and writes the answers with code of its own, which the vendor's library takes for a camera's.
    @Test(.enabled(if: SharedData.isRequired))
    func theRigsCameraAnswersPictures() async throws {
        let url = SharedData.url("blobs/real_face_detection_retail_0004_v6_0/model.blob")
        let blob = Array(try Data(contentsOf: url))
        let camera = try await PretendUSBCamera(.unbooted, network: url)
        try await Blocking.run {
            let fleet = OAKFleet(firmware: Imported(), opener: camera, logger: Logger(label: "test"), mayOpen: { _ in true })
            let accelerator = OAKAccelerator(fleet: fleet, logger: Logger(label: "test"))
            let rows = TensorDescription(name: "detection_out", shape: [1, 1, 200, 7], element: .float16)
            let network = AcceleratedNetwork(
                DeviceNetwork(
                    blob: blob, lenses: [], width: 300, height: 300, color: .bgr, isPlanar: true, fit: .stretch, outputs: [rows]),
                device: .usb, accelerator: accelerator)
            let picture = [UInt8](repeating: 100, count: 270_000)
            var answer: CaptureTensors?
            #expect(
                Self.eventually {
                    fleet.take(DeviceRoster([camera.device]))
                    answer = picture.withUnsafeBytes { network.outputs(of: $0) }
                    return answer != nil
                })
            let face: [Float16] = [0, 1, 0.75, 0.25, 0.125, 0.5, 0.625, -1]
            let found = answer?.withViews { Array($0[0].bytes.prefix(16)) }
            #expect(found == face.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } })
            accelerator.stop()
            accelerator.join()
        }
        try await camera.wait(untilItSays: "the network is whole")
        try await camera.wait(untilItSays: "pictures of kind 8, 300 by 300, 270000 bytes")
        try await camera.wait(untilItSays: "ended reset by the host firmware 0 errors [] unknown []")
        try await camera.end()
    }

    @Test func itEndsThoughSomebodyWaits() async throws {
        try await Blocking.run {
            let box = Box()
            let network = box.network()
            #expect(Self.served(network) != nil)
            box.bus.processors[0].set(.isSilent)
            let waiter = Mailbox<Bool>(capacity: 1, onFull: .dropNewest)
            _ = StageThread(name: "waiter") { waiter.offer(Self.run(network) == nil) }
            #expect(Self.eventually { box.bus.processors[0].pictures.count == 2 })
            box.end()
            #expect(waiter.next() == true)
            #expect(Self.run(network) == nil && box.fleet.state.all.allSatisfy { $0.holder == nil })
        }
    }
}
