// SPDX-License-Identifier: Apache-2.0
package import Core
package import USB

/// Which OAK cameras there are, what each is now, and which slot has which. Pure: it is told what is plugged in, what answers, what
/// is wanted and what became of a step, and it says what the next step is.
package struct FleetState: Sendable, Equatable {
    /// By their numbers.
    var cameras: [Int: FleetCamera] = [:]
    var wishes: [FleetRequirement] = []
    /// The camera that each slot is to have.
    var given: [CameraID: Int] = [:]
    /// Of the slots that connect now.
    var attempts: [CameraID: Attempt] = [:]
    /// Whether there is something to boot cameras with.
    package var hasFirmware: Bool
    private var (lastNumber, lastPlug) = (0, 0)

    /// How long a camera may take from one state to the next, in nanoseconds.
    static let returnLimit: Int64 = 15_000_000_000
    /// The same for one that was closed or fell.
    static let restartLimit: Int64 = 10_000_000_000
    /// One that is back in its boot ROM so soon after its start lacks power.
    private static let powerWindow: Int64 = 15_000_000_000
    /// One that fell is back in its boot ROM sooner; later it was pulled and plugged in again.
    private static let replugAbsence: Int64 = 2_000_000_000
    /// Cameras that are gone and might come again; more than anybody has.
    private static let capacity = 64

    package init(hasFirmware: Bool = false) { self.hasFirmware = hasFirmware }

    /// Every camera that was seen, by number.
    package var all: [FleetCamera] { cameras.values.sorted { $0.number < $1.number } }

    /// When to call `expire`; nil when nothing is on its way.
    package var deadline: Timestamp? {
        cameras.values.compactMap { if case .away(_, let until) = $0.state { until } else { nil } }.min()
    }

    /// Whether there is a camera that waits for something nobody tells of when it comes: firmware, or the permission to open it.
    var lacksSomething: Bool {
        cameras.values.contains { camera in
            switch camera.state {
            case .unbooted, .bootloader, .flashBooted: camera.address == nil && (!hasFirmware || !camera.isPermitted)
            default: false
            }
        }
    }

    /// Cameras in the network that slots with something else to show would rather have.
    var sought: [OAKSettings.Device] {
        wishes.filter { $0.hasOther && $0.reachesNetwork && camera(of: $0.slot)?.holder == nil }.map(\.device)
    }

    /// Takes what is plugged in.
    /// - Parameter mayOpen: whether this user may open a device.
    package mutating func take(
        _ devices: [AttachedDevice], mayOpen: (AttachedDevice) -> Bool = { _ in true }, at now: Timestamp
    ) {
        for camera in all {
            guard let device = camera.device else { continue }
            if let same = devices.first(where: { $0.isSame(as: device) }) {
                cameras[camera.number]?.device = same
                cameras[camera.number]?.isPermitted = mayOpen(same)
            } else {
                depart(camera.number, at: now)
            }
        }
        let known = cameras.values.compactMap(\.device)
        let arrived = devices.filter { device in device.kind == .usb && !known.contains { $0.isSame(as: device) } }
        // Those that tell who they are come first: the fewer are left to guess about.
        for device in arrived.filter({ !$0.isBootROM }) { arrive(device, mayOpen(device), at: now) }
        for device in arrived.filter(\.isBootROM) { arrive(device, mayOpen(device), at: now) }
        expire(at: now)
    }

    /// Moves on what is late, and gives out what is free.
    package mutating func expire(at now: Timestamp) {
        for camera in all {
            if case .away(let away, let until) = camera.state, until <= now { late(camera, away) }
            if camera.address != nil { forgetUnseen(camera, at: now) }
        }
        prune()
        assign()
    }

    // MARK: Leaving

    private mutating func depart(_ number: Int, at now: Timestamp) {
        guard let camera = cameras[number] else { return }
        cameras[number]?.device = nil
        cameras[number]?.departed = now
        switch camera.state {
        case .uploading: cameras[number]?.state = .away(.booted, until: now.advanced(byNanoseconds: Self.returnLimit))
        case .open, .ready: cameras[number]?.state = .away(.fell, until: now.advanced(byNanoseconds: Self.restartLimit))
        case .away, .absent: break
        case .unbooted, .foreign, .bootloader, .flashBooted, .unsupported:
            cameras[number]?.state = .away(.left, until: now.advanced(byNanoseconds: Self.returnLimit))
        }
    }

    /// What becomes of a camera that should have been something else by now.
    private mutating func late(_ camera: FleetCamera, _ away: FleetCamera.Away) {
        guard let device = camera.device else {
            cameras[camera.number]?.state = .absent
            if away == .booted { fail(camera, .noReturn) }
            return
        }
        // It never left. What ran for a slot still runs what depthd sent, though it may not answer.
        let isOwn = away == .closed || away == .fell
        cameras[camera.number]?.state = Self.resting(device) ?? (isOwn ? .ready : .foreign)
        if away == .booted { fail(camera, .stays) }
    }

    private mutating func prune() {
        for camera in all where camera.state == .absent && camera.holder == nil && (camera.mxid == nil || isCrowded) {
            cameras[camera.number] = nil
        }
    }

    private var isCrowded: Bool { cameras.count > Self.capacity }

    // MARK: Arriving

    private mutating func arrive(_ device: AttachedDevice, _ isPermitted: Bool, at now: Timestamp) {
        let number = device.isBootROM ? owner(ofBootROM: device) : owner(of: device)
        let former = cameras[number]?.state ?? .absent
        let isReplugged = former.isAway(.fell) && wasAway(number, longerThan: Self.replugAbsence, at: now)
        if !former.isAway || former.isAway(.left) || isReplugged { plug(number) }
        cameras[number]?.device = device
        cameras[number]?.lastDevice = device
        cameras[number]?.isPermitted = isPermitted
        if case .away(.booted, _) = former, device.known?.role == .movidiusRunning {
            cameras[number]?.state = .ready
        } else {
            cameras[number]?.state = Self.resting(device) ?? .foreign
        }
        if former == .absent || isReplugged { cameras[number]?.trouble = nil }
        guard let camera = cameras[number] else { return }
        if device.isBootROM {
            cameras[number]?.ports.boot = device.identity.port
            cameras[number]?.isGuess = camera.mxid != nil
            if former.isAway(.booted) { fail(camera, .stays) }
            if former.isAway(.fell), !isReplugged, wasConnected(camera, within: Self.powerWindow, at: now) {
                cameras[number]?.powerFailed = now
            }
        } else {
            cameras[number]?.ports.running = device.identity.port
            cameras[number]?.isGuess = false
            if !device.mxid.isEmpty { cameras[number]?.mxid = device.mxid }
        }
    }

    private func wasAway(_ number: Int, longerThan limit: Int64, at now: Timestamp) -> Bool {
        cameras[number]?.departed.map { now.nanoseconds(since: $0) > limit } ?? false
    }

    private func wasConnected(_ camera: FleetCamera, within limit: Int64, at now: Timestamp) -> Bool {
        camera.connected.map { now.nanoseconds(since: $0) < limit } ?? false
    }

    /// What a device is that nobody has sent anything; nil for one that runs firmware.
    static func resting(_ device: AttachedDevice) -> FleetCamera.State? {
        switch device.known?.role {
        case .movidiusUnbooted: device.identity.product == AttachedDevice.myriadX ? .unbooted : .unsupported
        case .movidiusBootloader: .bootloader
        case .movidiusFlashBooted: .flashBooted
        case .movidiusRunning, nil: nil
        }
    }

    /// The camera whose boot ROM this is. It has no number of its own, so only one that was expected back can be known again.
    private mutating func owner(ofBootROM device: AttachedDevice) -> Int {
        let expected = all.filter { $0.device == nil && $0.state.isAway }
        if let same = expected.first(where: { $0.ports.boot != nil && $0.ports.boot == device.identity.port }) {
            return same.number
        }
        let others = expected.filter { $0.ports.boot == nil && $0.address == nil }
        return others.count == 1 ? others[0].number : newcomer()
    }

    /// The camera that a device is which tells its number, or is the one that was just booted.
    private mutating func owner(of device: AttachedDevice) -> Int {
        let mxid = device.mxid
        let namesake = all.first { !mxid.isEmpty && $0.mxid == mxid && !$0.isGuess }
        guard let booted = all.first(where: \.isBeingIdentified) else {
            return namesake?.number ?? guessed(device) ?? newcomer()
        }
        if let namesake {
            // Another one that changed its state, or the one that was booted and has been here before.
            if namesake.device == nil, !namesake.state.isAway(.booted), !namesake.state.isAway(.restarted) {
                moveBody(from: booted.number, to: namesake.number)
            }
            return namesake.number
        }
        guard let guess = booted.mxid, !mxid.isEmpty, guess != mxid else { return booted.number }
        // Somebody has changed cameras in the socket.
        let number = newcomer()
        moveBody(from: booted.number, to: number)
        return number
    }

    /// Of a device that another program booted, or that has no number: the one that left its boot ROM a moment ago.
    private func guessed(_ device: AttachedDevice) -> Int? {
        let socket = device.identity.port?.socket
        if device.mxid.isEmpty {
            return all.first { $0.device == nil && $0.state.isAway && $0.ports.running?.socket == socket }?.number
        }
        let left = all.filter {
            $0.device == nil && $0.state.isAway(.left) && ($0.mxid == nil || $0.isGuess && $0.mxid == device.mxid)
        }
        return (left.first { $0.ports.boot?.socket == socket } ?? (left.count == 1 ? left[0] : nil))?.number
    }

    private mutating func newcomer() -> Int {
        lastNumber += 1
        cameras[lastNumber] = FleetCamera(number: lastNumber)
        return lastNumber
    }

    private mutating func plug(_ number: Int) {
        lastPlug += 1
        cameras[number]?.plug = lastPlug
    }

    /// What was taken for one camera is another: everything of now goes to that one, what it is known by stays.
    private mutating func moveBody(from source: Int, to target: Int) {
        guard let body = cameras[source] else { return }
        cameras[target]?.state = body.state
        cameras[target]?.plug = body.plug
        cameras[target]?.ports.boot = body.ports.boot
        cameras[target]?.holder = body.holder
        cameras[target]?.trouble = nil
        for (slot, number) in given where number == target { given[slot] = nil }
        for (slot, number) in given where number == source { given[slot] = target }
        cameras[source]?.state = .absent
        cameras[source]?.holder = nil
        cameras[source]?.device = nil
        cameras[source]?.isGuess = false
        cameras[source]?.ports.boot = nil
    }

    // MARK: In the network

    /// A camera that is looked for answers again and again; one that does not is gone.
    private static let unseenLimit: Int64 = 35_000_000_000

    /// Takes what answered a search.
    package mutating func take(_ answers: [FoundCamera], at now: Timestamp) {
        for answer in answers {
            let number = all.first { $0.mxid == answer.answer.mxid && !$0.isGuess }?.number ?? newcomer()
            // On USB it is nearer.
            guard let camera = cameras[number], camera.device == nil else { continue }
            if camera.state == .absent {
                plug(number)
                cameras[number]?.state = .ready
                cameras[number]?.trouble = nil
            }
            cameras[number]?.mxid = answer.answer.mxid
            cameras[number]?.address = answer.address
            cameras[number]?.seen = now
        }
        expire(at: now)
    }

    private mutating func forgetUnseen(_ camera: FleetCamera, at now: Timestamp) {
        guard camera.holder == nil, camera.state == .ready, let seen = camera.seen else { return }
        if now.nanoseconds(since: seen) > Self.unseenLimit { cameras[camera.number]?.state = .absent }
    }
}

extension FleetCamera.State {
    var isAway: Bool { if case .away = self { true } else { false } }

    func isAway(_ away: FleetCamera.Away) -> Bool { if case .away(away, _) = self { true } else { false } }
}

extension AttachedDevice {
    /// Product number of the boot ROM that depthd has firmware for.
    static let myriadX: UInt16 = 0x2485

    var isBootROM: Bool { known?.role == .movidiusUnbooted }

    /// The camera's own number; empty when it tells none.
    var mxid: String { identity.serial.uppercased() }

    /// Whether it stayed plugged in as what it was.
    func isSame(as other: AttachedDevice) -> Bool {
        systemPath == other.systemPath && incarnation == other.incarnation && identity.product == other.identity.product
    }
}
