// SPDX-License-Identifier: Apache-2.0

/// What the demo camera shows and how.
public struct DemoSettings: Sendable, Hashable {
    /// Picture size of all three lenses in pixels; 16:10. 640×400 or 1280×800 like the OAK-D's grey cameras.
    public var width: Int
    public var height: Int
    /// Exposures per second, 1...120.
    public var framesPerSecond: Double
    /// Which scene: frame N of a seed is always the same picture.
    public var seed: UInt64
    /// Distance of the two grey lenses in millimetres, 10...500; the colour lens is half way.
    public var baselineMillimetres: Double
    /// Standard deviation of the sensor noise in grey levels, 0...20.
    public var noise: Double
    /// Exposures that may be in use at once, by everyone who keeps frames; 2...64.
    public var buffers: Int

    public init(
        width: Int = 640, height: Int = 400, framesPerSecond: Double = 30, seed: UInt64 = 1, baselineMillimetres: Double = 75,
        noise: Double = 2, buffers: Int = 12
    ) {
        self.width = width
        self.height = height
        self.framesPerSecond = framesPerSecond
        self.seed = seed
        self.baselineMillimetres = baselineMillimetres
        self.noise = noise
        self.buffers = buffers
    }

    /// - Throws: `CaptureError.unusable` that names the first field out of its range.
    public func validate() throws {
        func refuse(_ what: String, _ remedy: String) -> CaptureError { .unusable(what: what, remedy: remedy) }
        let sizes = [(640, 400), (1280, 800)]
        guard sizes.contains(where: { $0 == (width, height) }) else {
            throw refuse("demo size \(width)x\(height)", "use 640x400 or 1280x800")
        }
        guard (1...120).contains(framesPerSecond) else {
            throw refuse("demo framesPerSecond \(framesPerSecond)", "use 1 to 120")
        }
        guard (10...500).contains(baselineMillimetres) else {
            throw refuse("demo baselineMillimetres \(baselineMillimetres)", "use 10 to 500")
        }
        guard (0...20).contains(noise) else { throw refuse("demo noise \(noise)", "use 0 to 20 grey levels") }
        guard (2...64).contains(buffers) else { throw refuse("demo buffers \(buffers)", "use 2 to 64") }
    }
}
