// SPDX-License-Identifier: Apache-2.0
package import Core
package import OAK
import USB

/// The cameras a slot may open now.
package typealias BoundCameras = [CameraRequirement.Position: PluggedCamera]

/// Which plugged-in camera belongs to which slot. Pure: told what is plugged in and what is wanted, it says who has what.
///
/// A camera that was given stays given until it is unplugged. What is free goes first to the slots that name a camera,
/// then to those that take the first that fits, in the order of the settings.
package struct CameraBindings: Sendable {
    private var wishes: [CameraRequirement] = []
    private var cameras: [PluggedCamera] = []
    private var held: [CameraID: [CameraRequirement.Position: Holding]] = [:]

    package init() {}

    /// One camera as it is plugged in now: another one when it was out in between.
    private struct Holding: Hashable {
        let systemPath: String
        let incarnation: UInt64

        init(_ device: AttachedDevice) {
            systemPath = device.systemPath
            incarnation = device.incarnation
        }
    }

    /// Takes what the slots want, in the order of the settings.
    package mutating func set(_ wishes: [CameraRequirement]) {
        self.wishes = wishes
        assign()
    }

    /// Takes what is plugged in.
    package mutating func set(_ cameras: [PluggedCamera]) {
        self.cameras = cameras.sorted { Self.rank($0) < Self.rank($1) }
        assign()
    }

    /// "First" is by socket, so that the same sockets give the same order after every start.
    private static func rank(_ camera: PluggedCamera) -> (String, String) {
        let port = camera.device.identity.port
        let ports = (port?.ports ?? []).map { "\(1000 + $0)" }.joined(separator: ".")
        return ("\(port?.controller ?? "~"):\(ports)", camera.device.node)
    }

    /// What a slot may open: all its places filled, or why not.
    package func supply(for slot: CameraID) -> CameraSupply {
        guard let requirement = wishes.first(where: { $0.slot == slot }) else { return .settings }
        var bound: BoundCameras = [:]
        for place in requirement.places { bound[place.position] = camera(slot, place.position) }
        if bound.count == requirement.places.count { return .cameras(bound) }
        let why = explanation(requirement)
        return requirement.hasDemo ? .demo(why: hasObstacle(requirement) ? why : "") : .none(why: why)
    }

    /// Cameras that could be used and that no slot has or names.
    package var idle: [PluggedCamera] { free.filter { $0.traits.isUsable && !isNamed($0) } }

    /// The slot that has a camera.
    func owner(of device: AttachedDevice) -> (slot: CameraID, position: CameraRequirement.Position)? {
        for (slot, positions) in held {
            if let position = positions.first(where: { $0.value == Holding(device) })?.key { return (slot, position) }
        }
        return nil
    }

    // MARK: Giving

    private mutating func assign() {
        letGo()
        for place in places where place.place.selector != nil { give(place) }
        for place in places where place.place.selector == nil { give(place) }
    }

    private var places: [(slot: CameraID, place: CameraRequirement.Place)] {
        wishes.flatMap { requirement in requirement.places.map { (requirement.slot, $0) } }
    }

    /// Drops what is unplugged, not to be used any more, or no longer wanted.
    private mutating func letGo() {
        for (slot, positions) in held {
            let requirement = wishes.first { $0.slot == slot }
            for position in positions.keys {
                let place = requirement?.places.first { $0.position == position }
                let camera = camera(slot, position)
                let stays = place.flatMap { place in camera.map { place.fits($0) && $0.traits.isUsable } } ?? false
                if !stays { held[slot]?[position] = nil }
            }
            if held[slot]?.isEmpty ?? true { held[slot] = nil }
        }
    }

    private mutating func give(_ wanted: (slot: CameraID, place: CameraRequirement.Place)) {
        guard held[wanted.slot]?[wanted.place.position] == nil else { return }
        let candidates = free.filter { $0.traits.isUsable && wanted.place.fits($0) }
        // A name that means several cameras means none: taking either would be a guess that changes from day to day.
        let only = candidates.count == 1 ? candidates.first : nil
        guard let first = wanted.place.selector == nil ? candidates.first(where: { !isNamed($0) }) : only else { return }
        held[wanted.slot, default: [:]][wanted.place.position] = Holding(first.device)
    }

    /// Whether a slot asks for this very camera.
    private func isNamed(_ camera: PluggedCamera) -> Bool {
        places.contains { $0.place.selector?.matches(camera.device) ?? false }
    }

    private var free: [PluggedCamera] { cameras.filter { owner(of: $0.device) == nil } }

    private func camera(_ slot: CameraID, _ position: CameraRequirement.Position) -> PluggedCamera? {
        guard let holding = held[slot]?[position] else { return nil }
        return cameras.first { Holding($0.device) == holding }
    }

    // MARK: Explaining

    /// Whether a camera for the slot is plugged in and something keeps it from being used.
    private func hasObstacle(_ requirement: CameraRequirement) -> Bool {
        requirement.places.contains { place in
            held[requirement.slot]?[place.position] == nil && free.contains { place.fits($0) && !$0.traits.isUsable }
        }
    }

    /// Why a slot has to wait, for its first empty place.
    private func explanation(_ requirement: CameraRequirement) -> String {
        guard let place = requirement.places.first(where: { held[requirement.slot]?[$0.position] == nil }) else { return "" }
        let what = place.position == .only ? "" : " for \(place.position.rawValue)"
        let fitting = cameras.filter(place.fits)
        if let blocked = fitting.first(where: { owner(of: $0.device) == nil && !$0.traits.isUsable }) {
            return "\(blocked.device.label) is plugged in but \(blocked.traits.obstacle)"
        }
        guard let selector = place.selector else {
            if fitting.isEmpty { return "no camera that fits\(what) is plugged in" }
            return "every camera that fits\(what) is taken: " + fitting.map(taker).joined(separator: ", ")
        }
        if fitting.count > 1 {
            return "\(selector) matches more than one camera (\(fitting.map(\.device.label).joined(separator: "; "))): "
                + "name it by its port"
        }
        if let taken = fitting.first { return "\(selector)\(what) is in use: \(taker(taken))" }
        let present = cameras.map(\.device.label).joined(separator: "; ")
        return "\(selector)\(what) is not plugged in; there \(present.isEmpty ? "is no camera" : "is \(present)")"
    }

    private func taker(_ camera: PluggedCamera) -> String {
        if let owner = owner(of: camera.device) { return "\(camera.device.label) by \(owner.slot)" }
        let namer = places.first { $0.place.selector?.matches(camera.device) ?? false }
        return "\(camera.device.label) for \(namer?.slot.name ?? "another slot")"
    }
}

/// What a slot may open now.
package enum CameraSupply: Sendable, Hashable {
    /// It is not known yet what is plugged in.
    case unknown
    /// The source its settings describe; no camera is needed.
    case settings
    case cameras(BoundCameras)
    /// A camera of the OAK fleet.
    case oak(FleetOffer)
    /// The demo stands in.
    /// - Parameter why: what keeps a camera that is plugged in from being used; empty when none is.
    case demo(why: String)
    case none(why: String)
}

extension AttachedDevice {
    /// Name, serial number, socket and node in one line.
    var label: String {
        var facts: [String] = []
        if !identity.serial.isEmpty { facts.append("serial:\(identity.serial)") }
        if let port = identity.port { facts.append("port:\(port)") }
        if !node.isEmpty { facts.append(node) }
        let title = name.isEmpty ? "camera" : name
        return facts.isEmpty ? title : "\(title) (\(facts.joined(separator: ", ")))"
    }
}
