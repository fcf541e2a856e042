// SPDX-License-Identifier: Apache-2.0
package import Pipeline

/// What the status light says, and how it blinks for it. Pure: time comes in, lit or dark comes out.
package enum LightPattern: String, Sendable, CaseIterable {
    /// The daemon starts, or a camera is being opened: two flashes every two seconds.
    case starting
    /// All is well: one short flash every two seconds.
    case running
    /// No camera is plugged in: a second on, a second off.
    case waiting
    /// A camera is in trouble, or a part hangs: five times a second.
    case trouble

    /// Milliseconds lit, dark, lit, dark…; then it begins again.
    private var steps: [Int64] {
        switch self {
        case .starting: [100, 200, 100, 1600]
        case .running: [100, 1900]
        case .waiting: [1000, 1000]
        case .trouble: [100, 100]
        }
    }

    /// Whether the light is lit, and for how many nanoseconds more.
    /// - Parameter nanoseconds: since the pattern began.
    package func look(at nanoseconds: Int64) -> (isLit: Bool, remaining: Int64) {
        let period = steps.reduce(0, +) * 1_000_000
        var place = max(0, nanoseconds) % period
        for (index, step) in steps.enumerated() {
            let length = step * 1_000_000
            if place < length { return (index % 2 == 0, length - place) }
            place -= length
        }
        return (false, period)
    }
}

extension LightPattern {
    /// What the light needs to know of a slot.
    package struct Glance: Sendable, Hashable {
        package var state: CameraState
        /// The demo runs because no camera is plugged in.
        package var isStandIn: Bool
        /// Nobody asked for the slot: it is no trouble when its camera is away.
        package var isOptional: Bool

        package init(state: CameraState, isStandIn: Bool = false, isOptional: Bool = false) {
            (self.state, self.isStandIn, self.isOptional) = (state, isStandIn, isOptional)
        }
    }

    /// The pattern for a box: what is worst counts.
    /// - Parameters:
    ///   - isOpen: all servers are.
    ///   - isDisturbed: a part hangs, nothing can be kept, or a device is plugged in that cannot be used as it is.
    package static func of(_ slots: [Glance], isOpen: Bool, isDisturbed: Bool) -> LightPattern {
        let slots = slots.filter { !($0.isOptional && [.absent, .lost].contains($0.state)) }
        if isDisturbed || slots.contains(where: { [.lost, .refused].contains($0.state) }) { return .trouble }
        if !isOpen { return .starting }
        if slots.isEmpty || slots.contains(where: { $0.state == .absent || $0.isStandIn }) { return .waiting }
        return slots.contains { [.starting, .found].contains($0.state) } ? .starting : .running
    }
}
