// SPDX-License-Identifier: Apache-2.0
import Foundation
public import V4L2

/// What one video node is and can do. It never throws: what is wrong with the node is in it.
public struct V4L2DeviceReport: Sendable, Hashable {
    public enum Access: Sendable, Hashable {
        case ok
        /// Only the group may open it.
        case denied(group: String, remedy: String)
        /// There is no such node, or nothing behind it.
        case absent
        /// Another program has it.
        case busy
        case failed(String)
    }

    public var node: String
    public var access = Access.ok
    /// Whether it delivers pictures: the second node of a UVC camera does not.
    public var isCapture = false
    public var driver = ""
    public var card = ""
    public var bus = ""
    public var offers: [V4L2Mode] = []
    public var controls: [V4L2Control] = []
    /// Impossible statements of the driver that are ignored.
    public var notes: [String] = []

    /// Whether every picture is about twice as wide as a lens's: two lenses side by side.
    public var looksSideBySide: Bool {
        !offers.isEmpty && offers.allSatisfy { Double($0.width) >= 2.2 * Double($0.height) }
    }

    /// Asks a node. Opens it for a moment; a camera that streams elsewhere answers too.
    public static func of(_ node: String) -> V4L2DeviceReport { of(node, system: V4L2Kernel()) }

    /// The same on another system.
    package static func of(_ node: String, system: any V4L2System) -> V4L2DeviceReport {
        var report = V4L2DeviceReport(node: node)
        do {
            try report.read(V4L2Device(try system.open(node)))
        } catch {
            report.access = access(error, node)
        }
        return report
    }

    private mutating func read(_ port: V4L2Device) throws(V4L2CallError) {
        let identity = try port.identity()
        (driver, card, bus) = (identity.driver, identity.card, identity.bus)
        isCapture = identity.isCapture && identity.streams
        if identity.isPlanarOnly { notes.append("it offers only the multi-planar interface, which depthd does not use") }
        guard isCapture else { return }
        let reader = try V4L2ModeReader(port)
        (offers, notes) = (reader.offers, notes + reader.notes)
        controls = try V4L2Controls(port).all
    }

    private static func access(_ failure: V4L2CallError, _ node: String) -> Access {
        switch failure.errno {
        case EACCES, EPERM: .denied(group: V4L2Access.group(of: node), remedy: V4L2Access.remedy(node, failure.errno))
        case ENOENT, ENXIO, ENODEV: .absent
        case EBUSY: .busy
        default: .failed("\(failure)")
        }
    }
}
