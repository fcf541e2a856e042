// SPDX-License-Identifier: Apache-2.0
import Core
import OAK
import Testing
import USB

/// Which slot gets which camera.
struct FleetAssignmentTests {
    @Test func twoSlotsThatTakeAnyGetDifferentCameras() {
        let story = FleetStory([wish(.a, .usb), wish(.b, .usb)])
        story.plug(Plugged.rom("1-1"))
        #expect(story.fleet.offer(for: .a) != nil && story.fleet.offer(for: .b) == nil)
        #expect(story.fleet.explanation(for: .b).contains("in use by a"))
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"))
        let offers = Set([story.fleet.offer(for: .a), story.fleet.offer(for: .b)])
        #expect(offers.count == 2 && !offers.contains(nil))
    }

    @Test func aSlotThatNamesACameraGoesBeforeOneThatTakesAny() throws {
        let story = FleetStory([wish(.a), wish(.b, .socket("1-1"))])
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"))
        story.begin(.a)
        story.begin(.b)
        #expect(story.step(.b) == .upload(Plugged.rom("1-1"), .superSpeed))
        guard case .wait = story.step(.a) else { throw Unexpected() }
    }

    /// The boot ROM tells no number: a camera that is wanted by number is found by booting what there is.
    @Test func aCameraThatIsWantedByItsNumberIsFoundAmongThoseThatTellNone() throws {
        let story = FleetStory([wish(.a, .id(Plugged.right))])
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"))
        story.begin(.a)
        story.ended(story.step(.a), .a)
        story.plug(Plugged.rom("1-2"))
        story.plug(Plugged.rom("1-2"), Plugged.running(Plugged.left, "2-1"))
        // It was the other one, which nobody else wants.
        #expect(story.words.contains("no camera slot uses it"))
        let upload = story.step(.a)
        #expect(upload == .upload(Plugged.rom("1-2"), .superSpeed))
        story.ended(upload, .a)
        story.plug(Plugged.running(Plugged.left, "2-1"), Plugged.running(Plugged.right, "2-2"))
        #expect(story.step(.a) == .open(Plugged.running(Plugged.right, "2-2")))
        // The first has fallen back meanwhile: it is not booted for that slot once more.
        story.release(.a)
        story.plug(Plugged.rom("1-1", incarnation: 2))
        story.pass(11)
        #expect(story.fleet.offer(for: .a) == .network)
    }

    @Test func whatIsBootedForOneGoesToTheSlotThatNamesIt() throws {
        let story = FleetStory([wish(.a), wish(.b, .id(Plugged.left))])
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"))
        story.begin(.a)
        story.begin(.b)
        // b tries 1-1, a has 1-2: whichever is booted first tells.
        let upload = story.step(.a)
        #expect(upload == .upload(Plugged.rom("1-2"), .superSpeed))
        story.ended(upload, .a)
        story.plug(Plugged.rom("1-1"), Plugged.running(Plugged.left, "2-2"))
        #expect(story.step(.b) == .open(Plugged.running(Plugged.left, "2-2")))
        #expect(story.step(.a) == .upload(Plugged.rom("1-1"), .superSpeed))
    }

    @Test func aLeaseKeepsACameraUntilItIsReleased() throws {
        let story = FleetStory([wish(.a)])
        story.plug(Plugged.rom())
        try story.boot(.a, as: Plugged.running(Plugged.left))
        // The settings give it to another slot while the first still closes it.
        story.fleet.set([wish(.b)], at: story.time)
        #expect(story.fleet.offer(for: .b) == .network)
        story.release(.a)
        #expect(story.fleet.offer(for: .b) != .network)
        story.begin(.b)
        guard case .wait = story.step(.b) else { throw Unexpected() }
    }

    @Test func aSlotWithSomethingElseToShowTakesOnlyWhatCanStart() throws {
        let auto = wish(.a, hasOther: true)
        let story = FleetStory([auto], hasFirmware: false)
        story.plug(Plugged.rom())
        #expect(story.fleet.offer(for: .a) == nil && story.fleet.idle.isEmpty)
        #expect(story.fleet.hindrance(for: .a).contains("pip download depthai=="))
        story.fleet.set(hasFirmware: true, at: story.time)
        #expect(story.fleet.offer(for: .a) != nil)
        // Three times in vain, and the webcam shows again.
        story.begin(.a)
        for _ in 0..<3 {
            story.ended(story.step(.a), .a)
            story.pass(16)
        }
        guard case .giveUp = story.step(.a) else { throw Unexpected() }
        story.release(.a)
        #expect(story.fleet.offer(for: .a) == nil)
        #expect(story.fleet.hindrance(for: .a).contains("stays in its boot ROM"))
        // Plugged in anew it gets another chance.
        story.plug()
        story.pass(20)
        story.plug(Plugged.rom(incarnation: 2))
        #expect(story.fleet.offer(for: .a) != nil)
    }

    @Test func camerasNobodyAskedForAreIdle() {
        let story = FleetStory([wish(.a, hasOther: true)])
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"), Plugged.running(Plugged.left))
        #expect(story.fleet.idle.count == 1)
        story.fleet.set([wish(.a), wish(.b, .usb)], at: story.time)
        #expect(story.fleet.idle.isEmpty)
    }

    @Test func aStickOfTheFirstKindIsNoCamera() {
        let story = FleetStory([wish(.a, .usb)])
        story.plug(Plugged.camera(0x2150))
        #expect(story.fleet.offer(for: .a) == nil)
        #expect(story.words.contains("first kind"))
    }

    // MARK: In the network

    private func answer(_ mxid: String, _ address: String) throws -> FoundCamera {
        let number = Array(mxid.utf8) + [UInt8](repeating: 0, count: 32 - mxid.utf8.count)
        let bytes = [1, 0, 0, 0] + number + [1, 0, 0, 0]
        return FoundCamera(address: address, answer: try #require(DiscoveryAnswer(bytes)))
    }

    @Test func networkCamerasAreGivenOnceAndNotHammered() throws {
        let (left, right) = (try answer(Plugged.left, "10.0.0.1"), try answer(Plugged.right, "10.0.0.2"))
        let story = FleetStory([wish(.a), wish(.b)])
        #expect(story.fleet.offer(for: .a) == .network)
        func claim(_ slot: CameraID, _ answers: [FoundCamera]) -> FleetState.Claim {
            let claim = story.fleet.claim(slot, answers, at: story.time)
            if case .take = claim { story.fleet.connects(slot, at: story.time) }
            return claim
        }
        #expect(claim(.a, [left, right]) == .take(right))
        #expect(claim(.b, [right]) == .none)
        #expect(claim(.b, [left, right]) == .take(left))
        #expect(story.fleet.offer(for: .a) == .network)
        story.pass(1)
        story.release(.a)
        // It restarts, and is not missing yet.
        guard case .wait = claim(.a, []) else { throw Unexpected() }
        #expect(claim(.a, [right]) == .wait(until: story.time.advanced(byNanoseconds: 4_000_000_000)))
        story.pass(4)
        #expect(claim(.a, [right]) == .take(right))
        story.release(.a)
        story.pass(11)
        #expect(claim(.a, []) == .none)
    }

    @Test func aNetworkCameraThatASlotNamesIsNotTakenByAnother() throws {
        let left = try answer(Plugged.left, "10.0.0.1")
        let story = FleetStory([wish(.a), wish(.b, .address("10.0.0.1"))])
        #expect(story.fleet.claim(.a, [left], at: story.time) == .none)
        #expect(story.fleet.claim(.b, [left], at: story.time) == .take(left))
    }

    @Test func oneThatAnswersIsShownByASlotThatNamesIt() throws {
        let story = FleetStory([wish(.a, .address("10.0.0.1"), hasOther: true), wish(.b, hasOther: true)])
        #expect(story.fleet.offer(for: .a) == nil && story.fleet.offer(for: .b) == nil)
        story.fleet.take([try answer(Plugged.left, "10.0.0.1"), try answer(Plugged.right, "10.0.0.2")], at: story.time)
        #expect(story.fleet.offer(for: .a) == .network && story.fleet.offer(for: .b) == nil)
        story.pass(36)
        #expect(story.fleet.offer(for: .a) == nil)
    }

    // MARK: The accelerator

    @Test func theAcceleratorGetsWhatNoSlotWantsOrNames() {
        let story = FleetStory([wish(.a, .usb), wish(.b, .socket("1-2"))])
        story.fleet.set(accelerator: .usb, at: story.time)
        story.plug(Plugged.rom("1-1"))
        #expect(story.fleet.offer(for: .a) != nil && story.fleet.offer(for: .accelerator) == nil)
        #expect(story.fleet.explanation(for: .accelerator).contains("in use by a"))
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"))
        #expect(story.fleet.offer(for: .b) != nil && story.fleet.offer(for: .accelerator) == nil)
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"), Plugged.rom("1-3"))
        #expect(story.fleet.offer(for: .accelerator) != nil)
        #expect(story.words.contains("is about to be booted for the accelerator"))
        // It can be a slot's all the same.
        #expect(story.fleet.idle.map { $0.device } == [Plugged.rom("1-3")])
        story.fleet.set(accelerator: nil, at: story.time)
        #expect(story.fleet.offer(for: .accelerator) == nil && story.words.contains("no camera slot uses it"))
    }

    @Test func aCameraThatCannotBeStartedIsNotTheAccelerators() {
        let story = FleetStory(hasFirmware: false)
        story.fleet.set(accelerator: .usb, at: story.time)
        story.plug(Plugged.rom("1-1"))
        #expect(story.fleet.offer(for: .accelerator) == nil)
        #expect(story.fleet.explanation(for: .accelerator).contains("none is imported"))
    }

    @Test(arguments: [wish(.a, .usb), wish(.a), wish(.a, hasOther: true), wish(.a, .id(Plugged.left)), wish(.a, .socket("1-1"))])
    func whatTheAcceleratorRunsIsASlotsAsSoonAsThatWantsIt(wanted: FleetRequirement) throws {
        let story = FleetStory()
        story.fleet.set(accelerator: .usb, at: story.time)
        story.plug(Plugged.rom("1-1"))
        try story.boot(.accelerator, as: Plugged.running(Plugged.left, "1-1"))
        #expect(story.fleet.keeps(.accelerator) && story.state(1) == .open)
        story.fleet.set([wanted], at: story.time)
        #expect(!story.fleet.keeps(.accelerator) && story.fleet.offer(for: .a) == .camera(plug: 1))
        // The slot waits until it is closed; then it is booted for the slot.
        story.begin(.a)
        #expect(story.step(.a) == .wait(until: nil))
        story.release(.accelerator)
        story.plug()
        story.plug(Plugged.rom("1-1", incarnation: 2))
        #expect(story.step(.a) == .upload(Plugged.rom("1-1", incarnation: 2), .superSpeed))
        #expect(story.fleet.offer(for: .accelerator) == nil)
    }

    @Test func aSlotTakesAFreeCameraBeforeTheAccelerators() throws {
        let story = FleetStory()
        story.fleet.set(accelerator: .usb, at: story.time)
        story.plug(Plugged.rom("1-1"), Plugged.rom("1-2"))
        story.fleet.set([wish(.a, .usb)], at: story.time)
        #expect(story.fleet.offer(for: .a) == .camera(plug: 2) && story.fleet.offer(for: .accelerator) == .camera(plug: 1))
    }

    @Test func aCameraInTheNetworkThatTheAcceleratorHasIsTheSlotsThatFindsIt() throws {
        let found = try answer(Plugged.left, "192.168.1.2")
        let story = FleetStory()
        story.fleet.set(accelerator: .address("192.168.1.2"), at: story.time)
        #expect(story.fleet.claim(.accelerator, [found], at: story.time) == .take(found))
        story.fleet.connects(.accelerator, at: story.time)
        story.fleet.set([wish(.a)], at: story.time)
        #expect(story.fleet.keeps(.accelerator))
        guard case .wait = story.fleet.claim(.a, [found], at: story.time) else { throw Unexpected() }
        #expect(!story.fleet.keeps(.accelerator))
        #expect(story.fleet.claim(.accelerator, [found], at: story.time) == .none)
        story.release(.accelerator)
        story.pass(6)
        #expect(story.fleet.claim(.a, [found], at: story.time) == .take(found))
    }
}
