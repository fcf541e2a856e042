// SPDX-License-Identifier: Apache-2.0
public import Capture
package import Core
import Logging
import USB
package import XLink

/// A camera that runs firmware, the way to it, and the right to use it.
package struct ConnectedCamera: Sendable {
    package let id: String
    /// In the network, or of its USB socket.
    package let place: String
    package let transport: any XLinkTransport
    /// Of its USB link, as the kernel has it; 0 in the network.
    package let usbMegabits: Double
    /// How often it wants to hear of its host, in nanoseconds: half of the time after which it restarts.
    package let watchdogNanoseconds: Int64
    /// Of its firmware.
    package let layout: GraphLayout
    package let lease: OAKLease
}

/// A slot's right to a camera. Nobody else gets the camera before it is given back, which its end does at the latest.
package final class OAKLease: Sendable {
    private let fleet: OAKFleet
    private let slot: CameraID

    fileprivate init(_ fleet: OAKFleet, _ slot: CameraID) { (self.fleet, self.slot) = (fleet, slot) }

    /// What went wrong with the camera: one that is lost fell, unless its slot has ended it.
    package func note(_ error: CaptureError, unless stop: StopSignal) {
        guard case .lost = error, !stop.isStopped else { return }
        fleet.change { $0.fell(slot, at: $1) }
    }

    deinit { fleet.release(slot) }
}

/// Connecting a slot to its camera: whatever the camera is, it is brought to run depthd's firmware.
extension OAKFleet {
    private static let watchdogOverTCP: Int64 = 2_000_000_000

    /// Blocks until the slot is connected, which takes seconds where the camera has to be booted.
    /// - Parameter stop: ends it at once.
    /// - Throws: `CaptureError.lost` when there is no camera or it fails, `unusable` when it needs firmware or a udev rule.
    package func connect(
        _ settings: OAKSettings, for slot: CameraID, stop: StopSignal
    ) throws(CaptureError) -> ConnectedCamera {
        change { $0.begin(slot, usb2: settings.usb2, at: $1) }
        do {
            return try waiting(stop) { (changes: Mailbox<Void>) throws(CaptureError) -> ConnectedCamera in
                try steps(settings, slot, Patience(changes: changes, stop: stop))
            }
        } catch {
            release(slot)
            throw error
        }
    }

    fileprivate func release(_ slot: CameraID) { change { $0.release(slot, at: $1) } }

    /// Where a slot's thread waits.
    private struct Patience {
        let changes: Mailbox<Void>
        let stop: StopSignal

        /// Waits until something changes, or until then.
        func wait(until instant: Timestamp?) throws(CaptureError) {
            _ = changes.next(until: instant)
            try check()
        }

        func sleep(until instant: Timestamp) throws(CaptureError) {
            _ = stop.sleep(until: instant)
            try check()
        }

        func check() throws(CaptureError) {
            if stop.isStopped { throw .lost("the slot was called off") }
        }
    }

    private func steps(
        _ settings: OAKSettings, _ slot: CameraID, _ patience: Patience
    ) throws(CaptureError) -> ConnectedCamera {
        var release = firmware.preferredRelease
        while true {
            try patience.check()
            let step = change { $0.step(for: slot, at: $1) }
            let outcome: FleetState.Outcome
            switch step {
            case .wait(let instant):
                try patience.wait(until: instant)
                continue
            case .giveUp(let error): throw error
            case .search: return try search(settings, slot, patience)
            case .open(let device):
                switch open(device) {
                case .success(let channel):
                    change { _ = $0.ended(step, of: slot, .done, at: $1) }
                    return ConnectedCamera(
                        id: device.mxid, place: device.identity.port.map { "usb:\($0)" } ?? device.node,
                        transport: USBTransport(channel), usbMegabits: channel.speedMegabits,
                        watchdogNanoseconds: USBTransport.watchdogNanoseconds, layout: Self.layout(release),
                        lease: OAKLease(self, slot))
                case .failure(let error): outcome = FleetState.Outcome(error)
                }
            case .upload(let device, let speed), .boot(let device, let speed):
                guard let image = firmware.preferred() else {
                    change { $0.set(hasFirmware: false, at: $1) }
                    outcome = .failed("no firmware is imported")
                    break
                }
                release = image.known?.release
                outcome = send(image.image, to: device, speed, patience.stop)
            case .restart(let device):
                if case .success(let channel) = open(device) {
                    USBBoot.restart(channel)
                    channel.shutdown()
                }
                outcome = .done
            }
            // What was sent is known even if the slot has been called off.
            if let error = change({ $0.ended(step, of: slot, outcome, at: $1) }) { throw error }
            try patience.check()
            if case .busy = outcome { try patience.sleep(until: .after(FleetState.busyPause)) }
        }
    }

    private static func layout(_ release: String?) -> GraphLayout { release.flatMap(GraphLayout.init) ?? .release2_30 }

    // MARK: On USB

    private func open(_ device: AttachedDevice) -> Result<any USBChannel, USBTransferError> {
        do throws(USBTransferError) { return .success(try opener.open(device)) } catch { return .failure(error) }
    }

    private func send(
        _ image: FirmwareImage, to device: AttachedDevice, _ speed: BootHeader.Speed, _ stop: StopSignal
    ) -> FleetState.Outcome {
        let header = BootHeader(maximumSpeed: speed)
        do {
            let channel = try opener.open(device)
            defer { channel.shutdown() }
            try stop.cutting(short: { channel.shutdown() }) { () throws in
                if device.isBootROM {
                    try USBBoot.upload(image, header: header, to: channel)
                } else {
                    try boot(image, header, USBTransport(channel), device.mxid)
                }
            }
            return .done
        } catch let error as USBTransferError {
            return FleetState.Outcome(error)
        } catch {
            return .failed("\(error)")
        }
    }

    /// Sends firmware through a bootloader.
    private func boot(
        _ image: FirmwareImage, _ header: BootHeader, _ transport: any XLinkTransport, _ id: String
    ) throws(XLinkError) {
        let bootloader = try BootloaderSession(transport)
        guard bootloader.version >= .booting else {
            bootloader.close()
            throw .timedOut("bootloader \(bootloader.version) takes no firmware: update it with its maker's tools")
        }
        if bootloader.version < .reliable {
            logger.warning(
                "camera \(id) has bootloader \(bootloader.version), which does not always start: update it to \(BootloaderSession.Version.reliable) or newer with its maker's tools"
            )
        }
        try bootloader.boot(image, header: header)
    }

    // MARK: In the network

    /// Finds the slot's camera in the network, boots it if it waits for firmware, and connects to it.
    private func search(
        _ settings: OAKSettings, _ slot: CameraID, _ patience: Patience
    ) throws(CaptureError) -> ConnectedCamera {
        var camera = try claim(settings.device, slot, patience)
        if camera.answer.state == .flashBooted {
            logger.info("camera \(camera.answer.mxid) runs what is in its flash: it is restarted into its bootloader")
            try lost { () throws(DiscoveryError) in try finder.restart(address: camera.address) }
            camera = try returned(camera, as: .bootloader, settings.device, "restarted", patience)
        }
        var release = firmware.preferredRelease
        if camera.answer.state == .bootloader {
            release = try boot(camera, slot, patience.stop)
            camera = try returned(camera, as: .running, settings.device, "took its firmware", patience)
        }
        return ConnectedCamera(
            id: camera.answer.mxid, place: camera.address, transport: try connection(to: camera, slot), usbMegabits: 0,
            watchdogNanoseconds: Self.watchdogOverTCP, layout: Self.layout(release), lease: OAKLease(self, slot))
    }

    private func claim(
        _ device: OAKSettings.Device, _ slot: CameraID, _ patience: Patience
    ) throws(CaptureError) -> FoundCamera {
        while true {
            let answers = try lost { () throws(DiscoveryError) in try finder.find(device) }
            try patience.check()
            switch change({ $0.claim(slot, answers, at: $1) }) {
            case .take(let camera): return camera
            case .wait(let instant): try patience.sleep(until: instant)
            // It may be on USB and of no use there.
            case .none: throw .lost(state.explanation(for: slot))
            }
        }
    }

    /// The daemon has two seconds to end, and nothing else ends this.
    private static let connectLimit: Int64 = 1_500_000_000

    private func connection(to camera: FoundCamera, _ slot: CameraID) throws(CaptureError) -> TCPTransport {
        change { $0.connects(slot, at: $1) }
        return try lost { () throws(XLinkTransportError) in
            try TCPTransport.connect(to: camera.address, until: .after(Self.connectLimit))
        }
    }

    /// - Returns: the release of what it was given; nil for firmware depthd does not know.
    private func boot(_ camera: FoundCamera, _ slot: CameraID, _ stop: StopSignal) throws(CaptureError) -> String? {
        guard let image = firmware.preferred() else {
            throw .unusable(
                what: "camera \(camera.answer.mxid) waits for firmware, and none is imported", remedy: FirmwareError.remedy)
        }
        let transport = try connection(to: camera, slot)
        try lost { () throws(XLinkError) in
            try stop.cutting(short: { transport.shutdown() }) { () throws(XLinkError) in
                try boot(image.image, BootHeader(), transport, camera.answer.mxid)
            }
        }
        return image.known?.release
    }

    private static let searchPause: Int64 = 250_000_000

    /// Waits until the camera is back as something else.
    private func returned(
        _ camera: FoundCamera, as state: DiscoveryAnswer.State, _ device: OAKSettings.Device, _ what: String, _ patience: Patience
    ) throws(CaptureError) -> FoundCamera {
        let end = Timestamp.after(FleetState.returnLimit)
        while Timestamp.now() < end {
            let answers = try lost { () throws(DiscoveryError) in try finder.find(device) }
            if let now = answers.first(where: { $0.answer.mxid == camera.answer.mxid && $0.answer.state == state }) { return now }
            // An answer comes at once while it is still as it was.
            try patience.sleep(until: .after(Self.searchPause))
        }
        throw .lost(
            "camera \(camera.answer.mxid) \(what) and did not come back within 15 seconds: check cable and power injector")
    }

    /// What is known of a camera in the network without disturbing it or who uses it, in words for the owner. Blocks for half a
    /// second.
    /// - Throws: `CaptureError.lost` when it does not answer.
    public static func look(for device: OAKSettings.Device) throws(CaptureError) -> String {
        let answers = try lost { () throws(DiscoveryError) in try DeviceFinder().find(device) }
        guard let camera = answers.first else { throw .lost(device.missing) }
        let state =
            switch camera.answer.state {
            case .running: "runs firmware"
            case .bootloader: "waits for firmware"
            case .flashBooted: "runs what is in its flash"
            }
        return "OAK \(camera.answer.mxid) at \(camera.address) \(state)"
    }
}

extension FleetState.Outcome {
    init(_ error: USBTransferError) {
        self =
            switch error {
            case .notPermitted(let words): .notPermitted(words)
            case .busy(let words): .busy(words)
            case .gone(let words), .timedOut(let words), .failed(let words): .failed(words)
            }
    }
}

/// What goes wrong on the way to a camera, in words for the owner; the camera is tried again.
private func lost<Result, Failure: Error & CustomStringConvertible>(
    _ body: () throws(Failure) -> Result
) throws(CaptureError) -> Result {
    do { return try body() } catch { throw .lost("\(error)") }
}
