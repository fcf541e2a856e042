// SPDX-License-Identifier: Apache-2.0
internal import Codec
internal import Core
internal import Inference

/// `sound/classify`: what a recording sounds like.
struct SoundTask: TaskJob {
    var module: TaskModule { .sound }
    var command: String { "classify" }
    let models: any TaskModels

    func obstacle(_ segments: [String]) -> TaskError? { models.obstacle(.sound) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let confidence = try call.values.fraction("min_confidence", default: 0.1)
        guard let file = call.request.files.first else { throw .missingFile("no sound") }
        let wave = try WaveFile(file.bytes)
        let rows = LogMel().rows(Resampler.resample(wave.samples, from: wave.rate, to: LogMel.rate))
        guard !rows.isEmpty else { throw .unreadable("the sound is shorter than a fortieth of a second") }
        let network = try models.model(.sound).network
        let probabilities = try classify(rows, network, call)
        guard let best = probabilities.indices.max(by: { probabilities[$0] < probabilities[$1] }),
            probabilities[best] >= confidence
        else { throw .refused("Unable to classify sound") }
        let label = network.labelName(best)
        let image = try TaskError.encoding { () throws(CodecError) in try PNGEncoder.encode(try Self.spectrogram(rows)) }
        return TaskOutcome(
            [
                "success": .bool(true), "message": .string("Detected sound \(label)"), "label": .string(label),
                "confidence": .number(probabilities[best]), "imageBase64": .string(image),
            ], found: [label])
    }

    /// The mean of the probabilities of all looks.
    private func classify(_ rows: [[Float]], _ network: Network, _ call: TaskCall) throws(TaskError) -> [Float] {
        var (sum, count) = ([Float](), 0)
        for look in LogMel.looks(rows) {
            try call.checkDeadline()
            let values = try call.inferring { () throws(TaskError) -> [Float] in
                do {
                    return try network.run(values: look).first?.floats.probabilities ?? []
                } catch {
                    throw .network("the sound model failed: \(error)")
                }
            }
            sum = sum.isEmpty ? values : zip(sum, values).map { $0 + $1 }
            count += 1
        }
        return sum.map { $0 / Float(max(1, count)) }
    }

    /// Time from left to right, low sounds at the bottom, loud is bright. At most 2048 columns.
    private static func spectrogram(_ rows: [[Float]]) throws(CodecError) -> Frame {
        guard let camera = CameraID("sound") else { throw .encodingFailed("no name for the picture") }
        let step = (rows.count + 2047) / 2048
        let columns = (rows.count + step - 1) / step
        let (low, high) = (rows.joined().min() ?? 0, rows.joined().max() ?? 1)
        let header = FrameHeader(
            camera: camera, instance: .color, sequence: 0, captured: Timestamp(nanoseconds: 0), width: columns,
            height: LogMel.bands, format: .gray8)
        let draft = FramePool.standalone(header)
        draft.withUnsafeMutableBytes { bytes in
            for x in 0..<columns {
                for band in 0..<LogMel.bands {
                    let brightness = (rows[x * step][band] - low) / max(1e-6, high - low)
                    bytes[(LogMel.bands - 1 - band) * columns + x] = Planes.byte(brightness * 255)
                }
            }
        }
        return draft.seal()
    }
}
