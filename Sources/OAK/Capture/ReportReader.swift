// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Core
package import Logging
import Synchronization
import XLink

/// Makes deliveries of what a camera tells beside pictures: how it is doing, and what its motion sensor measures. The session's
/// reading thread alone uses it.
package final class ReportReader: Sendable {
    private let camera: CameraID
    private let counters: CaptureCounters
    private let logger: Logger
    private let alarm = Mutex(OverheatAlarm())

    package init(camera: CameraID, counters: CaptureCounters, logger: Logger) {
        (self.camera, self.counters, self.logger) = (camera, counters, logger)
    }

    /// What a message tells; nil, and counted, for one that cannot be read or tells nothing that can be.
    package func read(_ packet: UnsafeRawBufferPointer, at now: Timestamp) -> CaptureDelivery? {
        guard let delivery = delivery(packet, now) else {
            counters.undecodable.add()
            return nil
        }
        if case .health(let health) = delivery { watch(health.temperatures.average) }
        return delivery
    }

    private func delivery(_ packet: UnsafeRawBufferPointer, _ now: Timestamp) -> CaptureDelivery? {
        switch try? DeviceMessage.parse(packet).content {
        case .systemInformation(let report): DeviceHealth(report).map(CaptureDelivery.health)
        case .motion(let message): MotionBatch(message, camera: camera, at: now).map(CaptureDelivery.motion)
        default: nil
        }
    }

    private func watch(_ celsius: Double) {
        switch alarm.withLock({ $0.note(celsius) }) {
        case .tooWarm: logger.warning("the camera is too warm, its chip has \(celsius) °C: give it air, or lower oak.fps")
        case .cooledDown: logger.info("the camera has cooled down, its chip has \(celsius) °C")
        case nil: break
        }
    }
}
