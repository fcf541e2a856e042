// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
package import USB

/// The way of one slot to its camera, step by step.
extension FleetState {
    /// What to do next.
    package enum Step: Sendable, Equatable {
        /// Send firmware to the boot ROM.
        case upload(AttachedDevice, BootHeader.Speed)
        /// Send firmware through the bootloader.
        case boot(AttachedDevice, BootHeader.Speed)
        /// Have it restart into its bootloader.
        case restart(AttachedDevice)
        /// Connect to the firmware.
        case open(AttachedDevice)
        /// Ask again when something has changed, or then.
        case wait(until: Timestamp?)
        /// Look in the network.
        case search
        case giveUp(CaptureError)
    }

    /// How a step ended.
    package enum Outcome: Sendable, Hashable {
        case done
        /// Another program has the camera.
        case busy(String)
        case notPermitted(String)
        case failed(String)
    }

    /// What a slot has tried since it began to connect.
    struct Attempt: Sendable, Hashable {
        let isForcedToUSB2: Bool
        let start: Timestamp
        var uploads = 0
        var trouble: FleetTrouble?
    }

    /// Once as it is, once more, and once at the speed that bad cables and hubs can do.
    private static let uploadLimit = 3
    /// How long another program is waited for.
    static let busyLimit: Int64 = 20_000_000_000
    static let busyPause: Int64 = 100_000_000

    /// A slot begins to connect.
    package mutating func begin(_ slot: CameraID, usb2: Bool, at now: Timestamp) {
        attempts[slot] = Attempt(isForcedToUSB2: usb2, start: now)
    }

    /// What a slot that connects is to do.
    package mutating func step(for slot: CameraID, at now: Timestamp) -> Step {
        expire(at: now)
        guard let camera = camera(of: slot) else {
            if let held = cameras.values.first(where: { $0.holder == slot }), let trouble = held.trouble {
                return .giveUp(.lost(words(held, trouble)))
            }
            return offer(for: slot) == .network ? .search : .giveUp(.lost(explanation(for: slot)))
        }
        guard camera.address == nil else { return .search }
        // Its former user is closing it.
        if let holder = camera.holder, holder != slot { return .wait(until: nil) }
        cameras[camera.number]?.holder = slot
        switch camera.state {
        case .unbooted, .bootloader: return sending(camera, slot)
        case .flashBooted:
            guard let device = camera.device else { return .wait(until: nil) }
            cameras[camera.number]?.state = .away(.restarted, until: now.advanced(byNanoseconds: Self.returnLimit))
            return .restart(device)
        case .ready:
            guard let device = camera.device else { return .wait(until: nil) }
            return .open(device)
        case .away(_, let until): return .wait(until: until)
        case .uploading, .open: return .wait(until: nil)
        case .foreign, .unsupported, .absent: return .giveUp(.lost(words(camera, obstacle(of: camera))))
        }
    }

    private mutating func sending(_ camera: FleetCamera, _ slot: CameraID) -> Step {
        guard let device = camera.device, let attempt = attempts[slot] else { return .wait(until: nil) }
        guard camera.isPermitted else { return .giveUp(Self.unusable(camera, .denied)) }
        guard hasFirmware else { return .giveUp(Self.unusable(camera, .noFirmware)) }
        guard attempt.uploads < Self.uploadLimit else {
            let trouble = attempt.trouble ?? .stays
            cameras[camera.number]?.trouble = trouble
            return .giveUp(.lost(words(camera, trouble)))
        }
        // Of two that have not told their numbers nobody could tell which is which.
        let isOpen = camera.mxid == nil || camera.isGuess
        if isOpen, cameras.values.contains(where: { $0.number != camera.number && $0.isBeingIdentified }) {
            return .wait(until: deadline)
        }
        attempts[slot]?.uploads += 1
        cameras[camera.number]?.state = .uploading
        let isSlow = attempt.isForcedToUSB2 || attempt.uploads + 1 == Self.uploadLimit
        let speed: BootHeader.Speed = isSlow ? .high : .superSpeed
        return device.isBootROM ? .upload(device, speed) : .boot(device, speed)
    }

    static func unusable(_ camera: FleetCamera, _ trouble: FleetTrouble) -> CaptureError {
        .unusable(what: "\(camera.label) \(trouble.problem)", remedy: trouble.remedy)
    }

    /// A step of a slot is over.
    /// - Returns: what to give up for; nil to ask for the next step.
    package mutating func ended(_ step: Step, of slot: CameraID, _ outcome: Outcome, at now: Timestamp) -> CaptureError? {
        defer { expire(at: now) }
        guard let camera = cameras.values.first(where: { $0.holder == slot }) else { return nil }
        switch (step, outcome) {
        case (.upload, .done), (.boot, .done):
            // It may have left before the sender knew.
            if camera.state == .uploading || camera.state.isAway(.booted) {
                cameras[camera.number]?.state = .away(.booted, until: now.advanced(byNanoseconds: Self.returnLimit))
            }
        case (.open, .done):
            cameras[camera.number]?.state = .open
            cameras[camera.number]?.connected = now
            cameras[camera.number]?.trouble = nil
        // It may leave before it answers.
        case (.restart, _), (.wait, _), (.search, _), (.giveUp, _): break
        case (_, .notPermitted):
            rest(camera)
            return Self.unusable(camera, .denied)
        case (_, .busy(let words)):
            attempts[slot]?.uploads -= camera.state == .uploading ? 1 : 0
            rest(camera)
            if let start = attempts[slot]?.start, now.nanoseconds(since: start) < Self.busyLimit { return nil }
            let trouble = FleetTrouble("is in use by another program (\(words))", "end that program")
            cameras[camera.number]?.trouble = trouble
            return .lost(self.words(camera, trouble))
        case (.open, .failed(let words)): return .lost("\(camera.label): \(words)")
        case (.upload, .failed(let words)), (.boot, .failed(let words)):
            rest(camera)
            attempts[slot]?.trouble = FleetTrouble(
                "does not take its firmware (\(words))", "check cable, hub and power, and plug it in again")
        }
        return nil
    }

    /// Back to what it was before firmware was sent, if it is still that.
    private mutating func rest(_ camera: FleetCamera) {
        guard camera.state == .uploading, let device = camera.device, let state = Self.resting(device) else { return }
        cameras[camera.number]?.state = state
    }

    /// A slot has closed its camera, or stopped connecting.
    package mutating func release(_ slot: CameraID, at now: Timestamp) {
        attempts[slot] = nil
        for camera in all where camera.holder == slot {
            cameras[camera.number]?.holder = nil
            rest(camera)
            guard camera.state == .open else { continue }
            cameras[camera.number]?.closed = now
            cameras[camera.number]?.state = .away(.closed, until: now.advanced(byNanoseconds: Self.restartLimit))
        }
        expire(at: now)
    }

    /// The link to a slot's camera on USB is broken: it fell, or somebody pulled it. A slot that ends its camera itself does not say so.
    package mutating func fell(_ slot: CameraID, at now: Timestamp) {
        for camera in all where camera.holder == slot && camera.state == .open && camera.address == nil {
            cameras[camera.number]?.state = .away(.fell, until: now.advanced(byNanoseconds: Self.restartLimit))
        }
        expire(at: now)
    }

    /// What was sent did not work: the slot that sent it tries otherwise, or tells.
    mutating func fail(_ camera: FleetCamera, _ trouble: FleetTrouble) {
        guard let slot = camera.holder else { return }
        attempts[slot]?.trouble = trouble
        // It is on no bus: there is nothing to try.
        if cameras[camera.number]?.device == nil { cameras[camera.number]?.trouble = trouble }
    }

    // MARK: In the network

    /// What a slot may do about the cameras that answered its search.
    package enum Claim: Sendable, Equatable {
        case take(FoundCamera)
        /// Search again then.
        case wait(until: Timestamp)
        case none
    }

    /// Cameras that are connected to again and again stop answering (nanoseconds between connects).
    private static let connectPause: Int64 = 5_000_000_000
    private static let searchPause: Int64 = 250_000_000

    /// Gives a slot one of the cameras that answered.
    package mutating func claim(_ slot: CameraID, _ answers: [FoundCamera], at now: Timestamp) -> Claim {
        guard let wish = wish(of: slot) else { return .none }
        take(answers, at: now)
        let found = answers.sorted { $0.answer.mxid < $1.answer.mxid }.first { answer in
            guard let camera = inNetwork(answer), wish.device.fits(camera) else { return false }
            return isFree(camera, for: slot) && (wish.isNamed || !isNamedByOthers(camera, slot))
        }
        guard let found, let camera = inNetwork(found) else { return missing(wish, at: now) }
        if slot != .accelerator, given[.accelerator] == camera.number { given[.accelerator] = nil }
        if let holder = camera.holder, holder != slot {
            // The accelerator closes it as soon as it hears of this.
            given[slot] = camera.number
            return .wait(until: now.advanced(byNanoseconds: Self.searchPause))
        }
        if let connected = camera.connected, now.nanoseconds(since: connected) < Self.connectPause {
            return .wait(until: connected.advanced(byNanoseconds: Self.connectPause))
        }
        given[slot] = camera.number
        cameras[camera.number]?.holder = slot
        return .take(found)
    }

    /// A slot opens a connection to the camera it was given.
    package mutating func connects(_ slot: CameraID, at now: Timestamp) {
        guard let camera = camera(of: slot), camera.address != nil else { return }
        cameras[camera.number]?.connected = now
        cameras[camera.number]?.state = .open
    }

    /// Whether nobody has the camera, or is to have it, whom the slot does not go before.
    private func isFree(_ camera: FleetCamera, for slot: CameraID) -> Bool {
        let users = [camera.holder, owner(of: camera)].compactMap { $0 }
        return users.allSatisfy { [slot, .accelerator].contains($0) }
    }

    private func inNetwork(_ found: FoundCamera) -> FleetCamera? {
        all.first { $0.mxid == found.answer.mxid && !$0.isGuess && $0.address != nil && $0.device == nil }
    }

    private func isNamedByOthers(_ camera: FleetCamera, _ slot: CameraID) -> Bool {
        wishes.contains { $0.slot != slot && $0.isNamed && $0.device.fits(camera) }
    }

    /// A camera that was closed a moment ago restarts, and answers later.
    private func missing(_ wish: FleetRequirement, at now: Timestamp) -> Claim {
        let isRestarting = cameras.values.contains { camera in
            guard camera.address != nil, wish.device.fits(camera), let closed = camera.closed else { return false }
            return now.nanoseconds(since: closed) < Self.restartLimit
        }
        return isRestarting ? .wait(until: now.advanced(byNanoseconds: Self.searchPause)) : .none
    }
}
