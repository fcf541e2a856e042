// SPDX-License-Identifier: Apache-2.0
internal import CDemoDetector

/// The networks that are part of the program.
public enum EmbeddedModels {
    /// The demo detector, trained by this project on pictures it renders itself; it finds what the demo scene shows.
    public static func demoDetector(runtime: ONNXRuntime, threads: Int) throws(InferenceError) -> Network {
        let name = "demo-detector"
        let manifest = try ModelManifest(json: PackageResources.demo_detector_json, source: "\(name).json")
        let file = UnsafeBufferPointer(start: dk_demo_detector(), count: Int(dk_demo_detector_count))
        return try Network.load(model: Array(file), name: name, manifest: manifest, runtime: runtime, threads: threads)
    }
}
