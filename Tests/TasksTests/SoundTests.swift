// SPDX-License-Identifier: Apache-2.0
import Codec
import Foundation
import Inference
import Tasks
import TestSupport
import Testing

@Suite struct SoundTests {
    /// 16-bit mono WAV.
    private func wave(_ samples: [Int16], rate: Int, channels: Int = 1) -> [UInt8] {
        func little(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let data = samples.flatMap { little(Int(UInt16(bitPattern: $0)), 2) }
        let format =
            little(1, 2) + little(channels, 2) + little(rate, 4) + little(rate * channels * 2, 4) + little(channels * 2, 2)
            + little(16, 2)
        let body = Array("WAVEfmt ".utf8) + little(16, 4) + format + Array("data".utf8) + little(data.count, 4) + data
        return Array("RIFF".utf8) + little(body.count, 4) + body
    }

    /// The signal the golden figures were made of; whole numbers, so that every program makes the same.
    private var signal: [Int16] {
        var state = 12345
        return (0..<32_000).map { index in
            state = (state * 1_103_515_245 + 12345) % (1 << 31)
            return Int16(((index * index / 7) % 2000 - 1000) * 12 + (state >> 16) % 400 - 200)
        }
    }

    @Test func theSpectrogramIsThatOfNumpy() throws {
        struct Golden: Decodable {
            var rows: Int
            var at: [[Double]]
            var mean: Double
        }
        let golden = try Bench.golden("logmel", as: Golden.self)
        let sound = try WaveFile(wave(signal, rate: 16_000))
        let rows = LogMel().rows(sound.samples)
        #expect(rows.count == golden.rows)
        for point in golden.at { #expect(abs(Double(rows[Int(point[0])][Int(point[1])]) - point[2]) < 1e-3) }
        let mean = rows.joined().reduce(0.0) { $0 + Double($1) } / Double(rows.count * LogMel.bands)
        #expect(abs(mean - golden.mean) < 1e-4)
        let looks = LogMel.looks(rows)
        #expect(looks.count == 2 && looks.allSatisfy { $0.count == 96 * 64 })
        #expect(LogMel.looks([rows[0]]).count == 1)
    }

    @Test(arguments: [8000, 22_050, 44_100, 48_000])
    func aToneKeepsItsPitchAtAnotherRate(rate: Int) {
        let tone = (0..<rate).map { Float(sin(2 * .pi * 440 * Double($0) / Double(rate))) }
        let resampled = Resampler.resample(tone, from: rate, to: 16_000)
        #expect(abs(resampled.count - 16_000) <= 1)
        for index in 1000..<15_000 {
            #expect(abs(Double(resampled[index]) - sin(2 * .pi * 440 * Double(index) / 16_000)) < 2e-3)
        }
    }

    @Test func whatWouldFoldBackIsRemoved() {
        let tone = (0..<48_000).map { Float(sin(2 * .pi * 15_000 * Double($0) / 48_000)) }
        let resampled = Resampler.resample(tone, from: 48_000, to: 16_000)
        #expect(resampled[1000..<15_000].allSatisfy { abs($0) < 0.01 })
    }

    @Test func channelsAreMixedAndOtherFormatsRefused() throws {
        let stereo = try WaveFile(wave([1000, 3000, -2000, -4000], rate: 8000, channels: 2))
        #expect(stereo.samples == [2000 / 32768, -3000 / 32768] && stereo.rate == 8000)
        var eight = wave([1], rate: 8000)
        eight[34] = 8
        #expect { try WaveFile(eight) } throws: { "\($0)".contains("send 16-bit PCM") }
        #expect(throws: TaskError.self) { try WaveFile(Array("RIFF".utf8)) }
    }

    @Test func aHundredThousandBrokenFilesCrashNothing() {
        let file = wave((0..<40).map { Int16($0 * 700) }, rate: 16_000)
        var numbers = SeededRandom(20_261_123)
        for _ in 0..<100_000 {
            var bytes = file
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &numbers)] = .random(in: 0...255, using: &numbers) }
            bytes.removeLast(Int.random(in: 0...bytes.count - 1, using: &numbers) / 3)
            _ = try? WaveFile(bytes)
        }
    }

    @Test func aSoundIsNamedByTheMeanOfItsLooks() throws {
        let manifest = ModelManifest(
            family: .raw, labels: ["dog_bark", "siren"],
            input: .init(width: 64, height: 96, color: .gray))
        let engine = FixedEngine(input: [1, 1, 96, 64], output: [1, 2], [0.25, 0.75])
        let models = FixedModels([.sound: try Network(manifest: manifest, engine: engine)])
        let file = UploadedFile(bytes: wave(signal, rate: 16_000))
        let table = try Bench.table(models)
        let answer = try Bench.ask(table, "sound/classify", files: [file])
        #expect(answer.text("label") == "siren" && answer.number("confidence") == 0.75)
        #expect(answer.text("message") == "Detected sound siren")
        #expect(engine.fed == LogMel.looks(LogMel().rows(try WaveFile(file.bytes).samples)).last)
        #expect(try answer.picture("imageBase64").info.height == 64)
        #expect { try Bench.ask(table, "sound/classify", [("min_confidence", "0.8")], files: [file]) } throws: {
            "\($0)" == "Unable to classify sound"
        }
    }
}
