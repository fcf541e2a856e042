// SPDX-License-Identifier: Apache-2.0
package import Core
import USB

/// Who has which camera. What was given stays given while the camera is there. What is free goes first to the slots that name a
/// camera, then to those that take the first, in the order of the settings.
extension FleetState {
    /// Takes what the slots want, in the order of the settings.
    package mutating func set(_ wishes: [FleetRequirement], at now: Timestamp) {
        self.wishes = wishes + self.wishes.filter(\.yields)
        expire(at: now)
    }

    /// Takes which camera the accelerator wants; nil when it wants none.
    package mutating func set(accelerator device: OAKSettings.Device?, at now: Timestamp) {
        wishes.removeAll(where: \.yields)
        if let device { wishes.append(FleetRequirement(accelerator: device)) }
        expire(at: now)
    }

    /// Takes whether there is firmware to boot cameras with.
    package mutating func set(hasFirmware: Bool, at now: Timestamp) {
        self.hasFirmware = hasFirmware
        expire(at: now)
    }

    /// What a slot may open; nil when there is nothing.
    package func offer(for slot: CameraID) -> FleetOffer? {
        if let camera = camera(of: slot) { return camera.address == nil ? .camera(plug: camera.plug) : .network }
        guard let wish = wish(of: slot), wish.reachesNetwork, !wish.hasOther else { return nil }
        return .network
    }

    /// Whether the holder still is to have the camera that it has.
    package func keeps(_ slot: CameraID) -> Bool { camera(of: slot)?.holder == slot }

    /// Cameras on USB that could be used and that no slot has or names. What the accelerator has is anybody's.
    package var idle: [FleetCamera] {
        (free + [yielding].compactMap { $0 }).filter { camera in
            camera.address == nil && isStartable(camera) && !isNamed(camera, besides: nil)
        }
    }

    func wish(of slot: CameraID) -> FleetRequirement? { wishes.first { $0.slot == slot } }

    func camera(of slot: CameraID) -> FleetCamera? { given[slot].flatMap { cameras[$0] } }

    /// The slot that is to have a camera.
    package func owner(of camera: FleetCamera) -> CameraID? { given.first { $0.value == camera.number }?.key }

    /// Whether nothing is known that would keep a camera from running.
    func isStartable(_ camera: FleetCamera) -> Bool { obstacle(of: camera) == nil }

    /// What keeps a camera from running; nil when nothing is known to.
    package func obstacle(of camera: FleetCamera) -> FleetTrouble? {
        switch camera.state {
        case .foreign: return .foreign
        case .unsupported: return .unsupported
        case .unbooted, .bootloader, .flashBooted:
            if !camera.isPermitted { return .denied }
            return camera.trouble ?? (hasFirmware ? nil : .noFirmware)
        case .uploading, .away, .ready, .open, .absent: return camera.trouble
        }
    }

    // MARK: Giving

    mutating func assign() {
        letGo()
        let slots = wishes.filter { !$0.yields }
        for wish in slots where wish.isNamed { give(wish) }
        for wish in slots where wish.device == .usb { give(wish) }
        for wish in slots where wish.device == .any { give(wish) }
        for wish in wishes where wish.yields { give(wish) }
    }

    /// The camera that the accelerator has.
    private var yielding: FleetCamera? { wishes.first(where: \.yields).flatMap { camera(of: $0.slot) } }

    /// The same, where a slot may have it. On USB only: in the network a camera is had by a search.
    private func yielding(to wish: FleetRequirement) -> FleetCamera? {
        guard !wish.yields, let camera = yielding, camera.address == nil, suits(camera, wish) else { return nil }
        return wish.isNamed || !isNamed(camera, besides: wish.slot) ? camera : nil
    }

    private mutating func letGo() {
        for (slot, number) in given {
            guard let camera = cameras[number], camera.isPresent, let wish = wish(of: slot) else {
                given[slot] = nil
                continue
            }
            // What runs is not taken away while its slot wants it.
            if camera.holder == slot, camera.state == .open, wish.device.fits(camera) { continue }
            if suits(camera, wish), wish.device.fits(camera) || camera.state != .unbooted || fitting(wish) == nil { continue }
            given[slot] = nil
            // It was another one than the slot wanted; the next is tried from the beginning.
            guard camera.holder == slot, camera.state != .open else { continue }
            cameras[number]?.holder = nil
            attempts[slot]?.uploads = 0
        }
    }

    /// Whether the slot may have the camera, for what is known of it.
    private func suits(_ camera: FleetCamera, _ wish: FleetRequirement) -> Bool {
        guard wish.device.fits(camera) || isWorthATrial(camera, wish) else { return false }
        // One that runs for the slot or is about to was startable when it was given.
        return !wish.hasOther || camera.holder == wish.slot || isStartable(camera)
    }

    /// One that has not told its number may be the one that is wanted: it is booted to learn that.
    private func isWorthATrial(_ camera: FleetCamera, _ wish: FleetRequirement) -> Bool {
        guard case .id = wish.device, camera.address == nil else { return false }
        guard camera.mxid == nil || camera.isGuess && camera.holder == wish.slot else { return false }
        return camera.state == .unbooted || camera.isBeingIdentified
    }

    private mutating func give(_ wish: FleetRequirement) {
        guard given[wish.slot] == nil else { return }
        if wish.isNamed, let camera = fitting(wish) {
            // Who took it for want of a name gives it up.
            for (slot, number) in given where number == camera.number { given[slot] = nil }
            cameras[camera.number]?.holder = nil
            given[wish.slot] = camera.number
            return
        }
        let yielded = yielding(to: wish)
        let first = candidates(wish).first { wish.isNamed || !isNamed($0, besides: wish.slot) }
        if let yielded, first == nil || wish.isNamed && wish.device.fits(yielded) {
            // The accelerator holds it until it has closed it.
            given[.accelerator] = nil
            given[wish.slot] = yielded.number
        } else {
            given[wish.slot] = first?.number
        }
    }

    private func candidates(_ wish: FleetRequirement) -> [FleetCamera] {
        free.filter { suits($0, wish) && ($0.address == nil || wish.hasOther && wish.isNamed) }
    }

    /// The camera that a wish names, where it can be had.
    private func fitting(_ wish: FleetRequirement) -> FleetCamera? {
        candidates(wish).first(where: wish.device.fits) ?? all.first { isLent($0, for: wish) }
    }

    /// Whether a slot that would take any camera has just booted the one that another slot names.
    private func isLent(_ camera: FleetCamera, for wish: FleetRequirement) -> Bool {
        guard camera.state == .ready, camera.address == nil, wish.device.fits(camera), !camera.isGuess else { return false }
        return owner(of: camera).flatMap { self.wish(of: $0) }.map { !$0.isNamed } ?? false
    }

    private func isNamed(_ camera: FleetCamera, besides slot: CameraID?) -> Bool {
        wishes.contains { $0.slot != slot && $0.isNamed && $0.device.fits(camera) }
    }

    /// "First" is by socket, so that the same sockets give the same order after every start.
    private var free: [FleetCamera] {
        let taken = Set(given.values)
        return cameras.values.filter { $0.isPresent && $0.holder == nil && !taken.contains($0.number) }
            .sorted { ($0.rank, $0.number) < ($1.rank, $1.number) }
    }

    // MARK: Explaining

    /// Why there is nothing for a slot to open.
    package func explanation(for slot: CameraID) -> String {
        guard let wish = wish(of: slot) else { return "" }
        let fitting = all.filter { $0.state != .absent && ($0.address == nil || wish.reachesNetwork) && wish.device.fits($0) }
        if let blocked = fitting.first(where: { owner(of: $0) == nil && obstacle(of: $0) != nil }) {
            return words(blocked, obstacle(of: blocked))
        }
        if let taken = fitting.first(where: { owner(of: $0) != nil }), let owner = owner(of: taken) {
            return "\(taken.label) is in use by \(owner)"
        }
        if let camera = fitting.first, case .away = camera.state { return "\(camera.label) restarts" }
        return switch wish.device {
        case .any: "no OAK camera is plugged in or answers in the network; plug one in, or name its address in oak.device"
        case .usb: "no OAK camera is plugged in"
        case .socket(let socket): "no OAK camera is plugged in at \(socket); `depthd cameras` lists the sockets"
        case .id(let id): "camera \(id) is not there; check its cable and power"
        case .address(let address): "no OAK camera answers at \(address); check its address, cable and power"
        }
    }

    /// What keeps a slot that has something else to show from showing an OAK camera; empty when none is there.
    package func hindrance(for slot: CameraID) -> String {
        guard let wish = wish(of: slot), offer(for: slot) == nil else { return "" }
        let blocked = all.first {
            $0.state != .absent && $0.address == nil && wish.device.fits($0) && owner(of: $0) == nil && obstacle(of: $0) != nil
        }
        return blocked.map { words($0, obstacle(of: $0)) } ?? ""
    }

    func words(_ camera: FleetCamera, _ trouble: FleetTrouble?) -> String {
        trouble.map { "\(camera.label) \($0.words)" } ?? ""
    }
}

extension FleetCamera {
    fileprivate var rank: String {
        let port = device?.identity.port ?? ports.boot
        return port.map { "\($0.controller):" + $0.ports.map { "\(1000 + $0)" }.joined(separator: ".") } ?? "~"
    }
}
