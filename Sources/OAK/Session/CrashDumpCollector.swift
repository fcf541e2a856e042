// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
package import Logging
import Synchronization
package import XLink

/// Who can be asked something: a camera's session.
package protocol DeviceQuestioning {
    /// - Parameter end: when to give up, where that is before the call's own limit.
    /// - Returns: nil when the camera refuses to tell.
    /// - Throws: `CaptureError.lost` when it does not answer, or answers with noise.
    func ask<Answer>(_ call: DeviceCall<Answer>, until end: Timestamp?) throws(CaptureError) -> Answer?
}

/// Takes the report of a crash from a camera that announces one. A camera is never waited for longer than 5 s.
package struct CrashDumpCollector {
    private let serialNumber: String
    private let logger: Logger

    /// How long a camera is waited for.
    package static let limitSeconds = 5.0
    /// Of a report, in the log.
    private static let loggedCharacters = 1000
    /// Cameras that announced a report and then did not answer: each attempt costs a session, so there is one.
    private static let unwilling = Mutex<Set<String>>([])

    package init(serialNumber: String, logger: Logger) {
        (self.serialNumber, self.logger) = (serialNumber, logger)
    }

    /// Asks the camera, and delivers what it reports. The camera then forgets its report.
    /// - Returns: whether its firmware has crashed.
    /// - Throws: `CaptureError.lost` when it does not answer, or answers with noise; the session is over then.
    @discardableResult
    package func collect(
        from session: some DeviceQuestioning, _ deliver: (CaptureDelivery) -> Void
    ) throws(CaptureError) -> Bool {
        let end = Timestamp.after(Int64(Self.limitSeconds * 1e9))
        guard try session.ask(.hasCrashDump, until: end) == true else { return false }
        guard !Self.unwilling.withLock({ $0.contains(serialNumber) }) else { return true }
        let report: MessagePackValue?
        do {
            report = try session.ask(.crashDump(clear: true, maximumBytes: CrashDump.maximumBytes), until: end)
        } catch {
            Self.unwilling.withLock { _ = $0.insert(serialNumber) }
            logger.warning(
                "the camera announces a crash report and does not hand it over; it is not asked again until depthd restarts")
            throw error
        }
        // Where it refused, the log says so already.
        if let report { hand(over: report, deliver) }
        return true
    }

    private func hand(over report: MessagePackValue, _ deliver: (CaptureDelivery) -> Void) {
        let json = report.json
        logger.error("the camera's firmware crashed; its report begins: \(json.prefix(Self.loggedCharacters))")
        guard json.utf8.count <= CrashDump.maximumBytes else {
            logger.warning("the crash report is longer than \(CrashDump.maximumBytes >> 20) MiB and is not kept")
            return
        }
        deliver(.crash(CrashDump(serialNumber: serialNumber, json: json)))
    }
}
