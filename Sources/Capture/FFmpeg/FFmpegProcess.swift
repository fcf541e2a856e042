// SPDX-License-Identifier: Apache-2.0
import CSpawn
import Core
import Foundation

/// One running ffmpeg or ffprobe, read from one thread. It is ended and reaped at the latest when it is given up.
final class FFmpegProcess {
    private let process: pid_t
    private let output: Int32
    private let errors: Int32
    private var status: Int32?
    /// When the pipes were closed and SIGTERM was sent.
    private var asked: Timestamp?
    private var complaints = FFmpegComplaints()

    /// How long a child may take to leave by itself, in nanoseconds.
    private static let grace: Int64 = 500_000_000

    /// What waiting for bytes came to.
    enum Outcome: Hashable {
        case complete
        /// The output ended after this many bytes.
        case ended(Int)
        case stalled
        case stopped
    }

    init(_ path: String, _ arguments: [String]) throws(CaptureError) {
        let started = try FFmpegSpawn.start(path, arguments)
        (process, output, errors) = (started.process, started.output, started.errors)
    }

    deinit {
        end()
    }

    /// The last lines the child wrote to its error output.
    var complaint: String { complaints.text }

    /// Reads until `target` is full.
    /// - Parameter stall: gives up after this many nanoseconds without a byte.
    func read(into target: UnsafeMutableRawBufferPointer, stall: Int64, stop: StopSignal) -> Outcome {
        guard let base = target.baseAddress else { return .complete }
        var done = 0
        var deadline = Timestamp.now().advanced(byNanoseconds: stall)
        while done < target.count {
            let count = Glibc.read(output, base + done, target.count - done)
            if count > 0 {
                done += count
                deadline = Timestamp.now().advanced(byNanoseconds: stall)
            } else if count == 0 {
                return .ended(done)
            } else if errno == EAGAIN {
                guard Timestamp.now() < deadline else { return .stalled }
                waitForBytes(until: deadline)
            } else if errno != EINTR {
                return .ended(done)
            }
            if stop.isStopped { return .stopped }
        }
        return .complete
    }

    /// Sleeps until there is something to read, at most 50 ms, so that `stop` is noticed in time.
    private func waitForBytes(until deadline: Timestamp) {
        var polled = [
            pollfd(fd: output, events: Int16(POLLIN), revents: 0), pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
        ]
        let left = max(1, min(50, deadline.nanoseconds(since: .now()) / 1_000_000))
        // Once its error output is closed it would be ready for ever.
        let count: nfds_t = complaints.isClosed ? 1 : 2
        if poll(&polled, count, Int32(left)) > 0, polled[1].revents != 0 { complaints.drain(errors) }
    }

    /// Waits a moment for a child that has closed its output to exit by itself, then ends it.
    /// - Returns: its exit code; nil when a signal killed it.
    func finish() -> Int32? {
        _ = hasExited(by: .now().advanced(byNanoseconds: FFmpegProcess.grace))
        return end()
    }

    /// Closes the pipes and asks the child to end (SIGTERM). Several children are asked first and then ended, so that
    /// they leave at the same time.
    func ask() {
        guard asked == nil else { return }
        asked = .now()
        complaints.drain(errors)
        close(output)
        close(errors)
        if !hasExited(by: .now()) { kill(-process, SIGTERM) }
    }

    /// Asks the child to end, kills it half a second later (SIGKILL) and reaps it.
    /// - Returns: its exit code; nil when a signal killed it.
    @discardableResult
    func end() -> Int32? {
        ask()
        if status == nil {
            _ = hasExited(by: (asked ?? .now()).advanced(byNanoseconds: FFmpegProcess.grace))
            // Its helpers go with it. The group's number is still ours: the child is not reaped yet.
            kill(-process, SIGKILL)
            var result: Int32 = 0
            while waitpid(process, &result, 0) < 0 {
                if errno != EINTR {
                    result = SIGKILL
                    break
                }
            }
            status = result
        }
        guard let status, status & 0x7F == 0 else { return nil }
        return status >> 8 & 0xFF
    }

    /// Waits for the child's end without reaping it.
    private func hasExited(by deadline: Timestamp) -> Bool {
        while true {
            var info = siginfo_t()
            let result = waitid(P_PID, id_t(process), &info, WEXITED | WNOHANG | WNOWAIT)
            // Without a child of this number (ECHILD) there is nothing left to wait for.
            if info.si_signo == SIGCHLD || (result < 0 && errno != EINTR) { return true }
            guard Timestamp.now() < deadline else { return false }
            if asked == nil { complaints.drain(errors) }
            poll(nil, 0, 5)
        }
    }
}
