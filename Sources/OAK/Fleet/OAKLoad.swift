// SPDX-License-Identifier: Apache-2.0
public import Core

/// What a camera is asked to do, lowered step by step when it falls again and again. Pure.
///
/// It belongs to one camera as it is plugged in and to one set of settings: either of them anew begins with a new load.
public struct OAKLoad: Sendable, Hashable {
    /// What is taken away, in this order; each keeps what was taken before.
    public enum Step: Int, Sendable, Hashable, CaseIterable {
        case usb2, noColor, slow

        /// For the owner.
        public var words: String {
            switch self {
            case .usb2: "it is booted for USB 2 from now on"
            case .noColor: "it sends no colour pictures from now on"
            case .slow: "it sends \(Int(OAKLoad.lowRate)) frames a second from now on"
            }
        }
    }

    /// The last step that was taken; nil for everything the settings say.
    public private(set) var step: Step?
    private let isOnUSB: Bool
    private var falls: [Timestamp] = []

    /// So many falls within the window are too many.
    private static let fallLimit = 5
    private static let window: Int64 = 600_000_000_000
    private static let lowRate = 10.0

    /// - Parameter isOnUSB: whether the speed of USB can be lowered.
    public init(isOnUSB: Bool) { self.isOnUSB = isOnUSB }

    /// A camera that was connected is lost.
    /// - Returns: what is taken away from now on; nil when nothing changes.
    public mutating func fell(at now: Timestamp) -> Step? {
        falls.removeAll { now.nanoseconds(since: $0) > Self.window }
        falls.append(now)
        guard falls.count >= Self.fallLimit, let next else { return nil }
        // The next step is for falls that happen in spite of this one.
        falls.removeAll()
        step = next
        return next
    }

    private var next: Step? {
        guard let step else { return isOnUSB ? .usb2 : .noColor }
        return Step(rawValue: step.rawValue + 1)
    }

    /// The settings with what is taken away.
    public func applied(to settings: OAKSettings) -> OAKSettings {
        guard let step else { return settings }
        var settings = settings
        settings.usb2 = settings.usb2 || isOnUSB
        if step.rawValue >= Step.noColor.rawValue { (settings.colorWidth, settings.colorHeight) = (0, 0) }
        if step == .slow { settings.framesPerSecond = min(settings.framesPerSecond, Self.lowRate) }
        return settings
    }
}
