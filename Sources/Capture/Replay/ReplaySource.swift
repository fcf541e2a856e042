// SPDX-License-Identifier: Apache-2.0
public import Core

/// Plays a folder of pictures as if a camera took them.
///
/// `left/` and `right/`, `color/`, or all three, sorted by file name and matched by position. An exposure with a picture
/// that cannot be decoded is counted and left out; the rest goes on.
public final class ReplaySource: CaptureSource {
    public let format: CaptureFormat
    private let settings: ReplaySettings
    private let camera: CameraID
    private let folder: ReplayFolder
    private let schedule: ReplaySchedule

    /// Lists the folder and compares the sizes of its pictures.
    /// - Parameters:
    ///   - camera: the slot the frames are labelled with.
    ///   - calibration: of the cameras that made the recording, where it is known.
    /// - Throws: `CaptureError.unusable` naming the setting, folder or file.
    public init(settings: ReplaySettings, camera: CameraID, calibration: StereoCalibration? = nil) throws(CaptureError) {
        try settings.check()
        self.settings = settings
        self.camera = camera
        let folder = try ReplayFolder(settings.folder, reader: ReplayReader())
        self.folder = folder
        schedule = ReplaySchedule(times: folder.times, exposures: folder.exposures, framesPerSecond: settings.framesPerSecond)
        format = CaptureFormat(
            lenses: Dictionary(uniqueKeysWithValues: folder.lenses.map { ($0.instance, $0.format) }),
            framesPerSecond: settings.pace == .recorded ? schedule.framesPerSecond : 0, calibration: calibration)
        guard !settings.preload || preloadBytes <= ReplaySettings.preloadLimit else {
            throw .unusable(
                what: "preload of \(preloadBytes >> 20) MiB",
                remedy: "switch it off, or replay fewer pictures: at most \(ReplaySettings.preloadLimit >> 20) MiB")
        }
    }

    private var preloadBytes: Int {
        folder.lenses.reduce(0) { sum, lens in
            sum + lens.files.count * lens.format.pixels.byteCount(width: lens.format.width, height: lens.format.height)
        }
    }

    /// Plays the folder once, or until stopped when it loops. Sequence numbers count on from loop to loop.
    public func run(counters: CaptureCounters, stop: StopSignal, deliver: (CaptureDelivery) -> Void) throws {
        let reader = ReplayReader()
        let pools = folder.lenses.map { _ in FramePool(capacity: settings.buffers) }
        let preloaded = settings.preload ? preload(reader, stop) : nil
        let start = Timestamp.now()
        var sequence = 0
        repeat {
            var decodable = false
            for index in 0..<folder.exposures {
                defer { sequence += 1 }
                guard !stop.isStopped, settings.beforeEach?(sequence) ?? true else { return }
                guard let captured = waitForTurn(sequence, since: start, stop) else {
                    if stop.isStopped { return }
                    decodable = true
                    counters.dropped.add()
                    continue
                }
                let headers = headers(sequence, captured)
                let exposure =
                    preloaded.map { relabelled($0[index], headers) } ?? read(index, headers, reader, pools, stop)
                switch exposure {
                case .frames(let frames):
                    decodable = true
                    for frame in frames { deliver(.frame(frame)) }
                case .undecodable: counters.undecodable.add()
                case .noFreeBuffer:
                    decodable = true
                    counters.dropped.add()
                }
            }
            // A loop over nothing but damage would only turn the processor.
            guard decodable else { throw CaptureError.lost("no exposure in \(settings.folder) can be decoded") }
        } while settings.loop
    }

    /// All pictures of one instant, or why there are none.
    private enum Exposure {
        case frames([Frame])
        case undecodable
        case noFreeBuffer
    }

    /// Waits until the exposure is due. Nil when stopped, or when it is so late that its successor is due as well.
    private func waitForTurn(_ sequence: Int, since start: Timestamp, _ stop: StopSignal) -> Timestamp? {
        guard settings.pace == .recorded else { return .now() }
        let due = start.advanced(byNanoseconds: schedule.offset(of: sequence))
        let next = start.advanced(byNanoseconds: schedule.offset(of: sequence + 1))
        let now = Timestamp.now()
        if now < due { return stop.sleep(until: due) ? due : nil }
        return now < next || next == due ? due : nil
    }

    private func headers(_ sequence: Int, _ captured: Timestamp) -> [FrameHeader] {
        // A recording with its own clock keeps it.
        let device = folder.times == nil ? captured.nanoseconds : schedule.offset(of: sequence)
        return folder.lenses.map { lens in
            FrameHeader(
                camera: camera, instance: lens.instance, sequence: sequence, captured: captured, deviceNanoseconds: device,
                width: lens.format.width, height: lens.format.height, format: lens.format.pixels)
        }
    }

    private func read(
        _ index: Int, _ headers: [FrameHeader], _ reader: ReplayReader, _ pools: [FramePool], _ stop: StopSignal
    ) -> Exposure {
        var frames: [Frame] = []
        for (lens, header) in headers.enumerated() {
            let outcome = reader.read(folder.lenses[lens].files[index], header: header) { header in
                pools[lens].draft(header, pace: settings.pace, stop: stop)
            }
            switch outcome {
            case .frame(let frame): frames.append(frame)
            case .undecodable: return .undecodable
            case .noFreeBuffer: return .noFreeBuffer
            }
        }
        return .frames(frames)
    }

    /// Decodes everything once.
    private func preload(_ reader: ReplayReader, _ stop: StopSignal) -> [Exposure] {
        let headers = headers(0, .now())
        return (0..<folder.exposures).map { index in
            if stop.isStopped { return .undecodable }
            var frames: [Frame] = []
            for (lens, header) in headers.enumerated() {
                let path = folder.lenses[lens].files[index]
                guard case .frame(let frame) = reader.read(path, header: header, draft: { FramePool.standalone($0) }) else {
                    return .undecodable
                }
                frames.append(frame)
            }
            return .frames(frames)
        }
    }

    private func relabelled(_ exposure: Exposure, _ headers: [FrameHeader]) -> Exposure {
        guard case .frames(let frames) = exposure else { return exposure }
        return .frames(zip(frames, headers).map { $0.relabelled($1) })
    }
}
