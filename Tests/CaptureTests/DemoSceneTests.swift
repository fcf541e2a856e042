// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Testing

@Suite struct DemoSceneTests {
    @Test func `the same frame of the same seed is the same picture, whatever was drawn before`() throws {
        let (one, two) = (try DemoScene(settings: DemoSettings(seed: 7)), try DemoScene(settings: DemoSettings(seed: 7)))
        for sequence in [3, 400, 90] { one.draw(sequence: sequence) }
        for instance in CameraInstance.allCases {
            let (first, second) = (DemoPicture(one, instance, sequence: 250), DemoPicture(two, instance, sequence: 250))
            #expect(first.bytes == second.bytes)
            #expect(first.depth == second.depth)
        }
        #expect(one.truth(sequence: 250) == two.truth(sequence: 250))
        let other = try DemoScene(settings: DemoSettings(seed: 8))
        #expect(DemoPicture(other, .left, sequence: 250).bytes != DemoPicture(one, .left, sequence: 250).bytes)
    }

    @Test func `sensor noise has the asked strength and differs from lens to lens and frame to frame`() throws {
        let noisy = try DemoScene(settings: DemoSettings(noise: 2))
        let clean = try DemoScene(settings: DemoSettings(noise: 0))
        func noise(_ instance: CameraInstance, _ sequence: Int) -> [Double] {
            let (a, b) = (DemoPicture(noisy, instance, sequence: sequence), DemoPicture(clean, instance, sequence: sequence))
            // Near black and white the picture cuts the noise off.
            return zip(a.bytes, b.bytes).prefix(100_000).map { (20...235).contains($1) ? Double($0) - Double($1) : 0 }
        }
        let samples = [noise(.left, 30), noise(.right, 30), noise(.left, 31)]
        for values in samples {
            let mean = values.reduce(0, +) / Double(values.count)
            let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count) - mean * mean).squareRoot()
            #expect(abs(mean) < 0.1)
            #expect(abs(deviation - 2) < 0.12)
        }
        for other in samples.dropFirst() {
            let correlation = zip(samples[0], other).reduce(0) { $0 + $1.0 * $1.1 } / Double(other.count) / 4
            #expect(abs(correlation) < 0.03)
        }
    }

    @Test func `the pictures are well exposed and the lenses differ a little`() throws {
        let scene = try DemoScene(settings: DemoSettings())
        let means = CameraInstance.allCases.map { instance in
            let picture = DemoPicture(scene, instance, sequence: 60)
            return picture.bytes.reduce(0.0) { $0 + Double($1) } / Double(picture.bytes.count)
        }
        for mean in means { #expect((70...150).contains(mean)) }
        let (left, right) = (means[1], means[2])
        #expect((0.9...0.995).contains(right / left))
    }

    @Test func `three to five objects of all kinds come, meet and go at depths from one to five metres`() throws {
        let scene = try DemoScene(settings: DemoSettings())
        var (counts, ids, depths, labels) = ([Int](), Set<Int>(), [Float](), [Int: SceneLabel]())
        var partlyHidden = 0
        for second in 0..<180 {
            scene.draw(sequence: second * 30)
            let truth = scene.truth(sequence: second * 30)
            counts.append(truth.objects.count)
            for object in truth.objects {
                ids.insert(object.id)
                depths.append(object.center.z)
                if object.rightVisibleFraction < 0.95 { partlyHidden += 1 }
                #expect(labels[object.id] ?? object.label == object.label)
                labels[object.id] = object.label
            }
        }
        let mean = Double(counts.reduce(0, +)) / Double(counts.count)
        #expect((3...5).contains(mean))
        #expect(counts.max() ?? 0 <= 5)
        #expect(ids.count > 40)
        #expect(Set(labels.values).count == 3)
        #expect((900...1200).contains(depths.min() ?? 0))
        #expect((4300...5000).contains(depths.max() ?? 0))
        #expect(partlyHidden > 20)
    }

    @Test func `settings out of range are refused by name`() {
        func refusal(_ change: (inout DemoSettings) -> Void) -> String? {
            var settings = DemoSettings()
            change(&settings)
            do {
                try settings.validate()
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(refusal { _ in } == nil)
        #expect(refusal { ($0.width, $0.height) = (1280, 800) } == nil)
        #expect(refusal { $0.width = 641 }?.contains("size 641x400") == true)
        #expect(refusal { $0.framesPerSecond = 0 }?.contains("framesPerSecond") == true)
        #expect(refusal { $0.framesPerSecond = .nan }?.contains("framesPerSecond") == true)
        #expect(refusal { $0.baselineMillimetres = 5 }?.contains("baselineMillimetres") == true)
        #expect(refusal { $0.noise = -1 }?.contains("noise") == true)
        #expect(refusal { $0.buffers = 1 }?.contains("buffers") == true)
    }
}
