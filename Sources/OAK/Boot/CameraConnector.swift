// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Logging
import XLink

/// Finds a camera on the network, boots it if it waits for firmware, and connects to it. Blocks.
struct CameraConnector {
    /// A camera that runs firmware, and the way to it.
    struct Connected {
        let id: String
        let address: String
        let transport: any XLinkTransport
        /// How often it wants to hear of its host, in nanoseconds: half of the time after which it restarts.
        let watchdogNanoseconds: Int64
        /// Of its firmware.
        let layout: GraphLayout
    }

    private let search: CameraSearch
    private let firmware: any FirmwareSource
    private let logger: Logger

    private static let watchdogNanoseconds: Int64 = 2_000_000_000
    private static let connectLimit: Int64 = 5_000_000_000
    private static let restartLimit: Int64 = 15_000_000_000
    private static let pause: Int64 = 250_000_000

    init(_ device: OAKSettings.Device, firmware: any FirmwareSource, logger: Logger) {
        (search, self.firmware, self.logger) = (CameraSearch(device), firmware, logger)
    }

    /// - Throws: `CaptureError.lost` when the camera does not answer, `unusable` when it needs firmware and there is none.
    func connect() throws(CaptureError) -> Connected {
        var camera = try search.look()
        if camera.answer.state == .flashBooted {
            logger.info("camera \(camera.answer.mxid) runs what is in its flash: it is restarted into its bootloader")
            try lost { () throws(DiscoveryError) in try search.finder.restart(address: camera.address) }
            camera = try wait(for: .bootloader, camera, "restarted")
        }
        var release = firmware.preferredRelease
        if camera.answer.state == .bootloader {
            release = try boot(camera)
            camera = try wait(for: .running, camera, "took its firmware")
        }
        let transport = try lost { () throws(XLinkTransportError) in
            try TCPTransport.connect(to: camera.address, until: .after(Self.connectLimit))
        }
        return Connected(
            id: camera.answer.mxid, address: camera.address, transport: transport, watchdogNanoseconds: Self.watchdogNanoseconds,
            layout: release.flatMap(GraphLayout.init) ?? .release2_30)
    }

    /// - Returns: the release of what it was given; nil for firmware depthd does not know.
    private func boot(_ camera: FoundCamera) throws(CaptureError) -> String? {
        guard let image = firmware.preferred() else {
            throw .unusable(
                what: "camera \(camera.answer.mxid) waits for firmware, and none is imported", remedy: FirmwareError.remedy)
        }
        let transport = try lost { () throws(XLinkTransportError) in
            try TCPTransport.connect(to: camera.address, until: .after(Self.connectLimit))
        }
        try lost { () throws(XLinkError) in
            let bootloader = try BootloaderSession(transport)
            guard bootloader.version >= .booting else {
                bootloader.close()
                throw .timedOut("bootloader \(bootloader.version) takes no firmware: update it with its maker's tools")
            }
            if bootloader.version < .reliable {
                logger.warning(
                    "camera \(camera.answer.mxid) has bootloader \(bootloader.version), which does not always start: update it to \(BootloaderSession.Version.reliable) or newer with its maker's tools"
                )
            }
            try bootloader.boot(image.image, header: BootHeader())
        }
        return image.known?.release
    }

    /// Waits until the camera is back as something else.
    private func wait(
        for state: DiscoveryAnswer.State, _ camera: FoundCamera, _ what: String
    ) throws(CaptureError) -> FoundCamera {
        let end = Timestamp.after(Self.restartLimit)
        let pacing = StopSignal()
        while Timestamp.now() < end {
            if let now = try search.seen().first(where: { $0.answer.mxid == camera.answer.mxid && $0.answer.state == state }) {
                return now
            }
            // An answer comes at once while it is still as it was.
            _ = pacing.sleep(until: .after(Self.pause))
        }
        throw .lost(
            "camera \(camera.answer.mxid) \(what) and did not come back within 15 seconds: check cable and power injector")
    }
}
