// SPDX-License-Identifier: Apache-2.0
package import CV4L2
package import Core

/// One open video node, at the level of the kernel's calls: what a test replaces to be a faulty camera.
package protocol V4L2Node: AnyObject {
    /// What `poll` waits for.
    var descriptor: Int32 { get }
    /// Makes a call on a structure of the kernel's header. Returns 0 or an errno.
    func control(_ call: cv_call, _ argument: UnsafeMutableRawPointer) -> Int32
    /// Maps a driver buffer.
    func map(length: Int, offset: Int) -> V4L2Mapping
    func unmap(_ memory: UnsafeMutableRawBufferPointer)
}

/// What mapping a buffer came to.
package enum V4L2Mapping {
    case mapped(UnsafeMutableRawBufferPointer)
    case failed(errno: Int32)
}

/// The kernel's side of video: nodes, waiting, the clock its time stamps are on.
package protocol V4L2System: Sendable {
    /// Opens a node; the failure's call is nil.
    func open(_ node: String) throws(V4L2CallError) -> any V4L2Node
    /// Blocks until one of the devices has something to take, or something is wrong with it, or time is up.
    /// - Parameter ready: set for each device; has as many elements as `devices`.
    func wait(for devices: [any V4L2Node], milliseconds: Int32, ready: inout [Bool])
    func now() -> Timestamp
}

/// A call that failed.
package struct V4L2CallError: Error, Hashable, CustomStringConvertible {
    /// Nil when the node could not be opened.
    package var call: cv_call?
    package var errno: Int32

    package init(call: cv_call?, errno: Int32) {
        self.call = call
        self.errno = errno
    }

    package static func == (left: V4L2CallError, right: V4L2CallError) -> Bool {
        left.call?.rawValue == right.call?.rawValue && left.errno == right.errno
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(call?.rawValue)
        hasher.combine(errno)
    }

    package var description: String {
        "\(call.map(V4L2CallError.name) ?? "opening it"): \(V4L2CallError.text(errno))"
    }

    private static func name(_ call: cv_call) -> String {
        switch call {
        case CV_QUERYCAP: "asking what it is"
        case CV_ENUM_FMT, CV_ENUM_FRAMESIZES, CV_ENUM_FRAMEINTERVALS: "asking what it offers"
        case CV_G_FMT, CV_G_PARM: "asking how it is set"
        case CV_S_FMT: "setting the format"
        case CV_S_PARM: "setting the rate"
        case CV_QUERYCTRL, CV_G_CTRL: "asking for its controls"
        case CV_S_CTRL: "setting a control"
        case CV_REQBUFS, CV_QUERYBUF: "asking for buffers"
        case CV_QBUF: "giving a buffer back"
        case CV_DQBUF: "taking a picture"
        case CV_STREAMON: "starting the stream"
        default: "stopping the stream"
        }
    }
}
