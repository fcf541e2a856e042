// SPDX-License-Identifier: Apache-2.0

/// The networks that are part of the program.
public enum EmbeddedModels {
    /// The demo detector, trained by this project on pictures it renders itself; it finds what the demo scene shows.
    public static func demoDetector(runtime: ONNXRuntime, threads: Int) throws(InferenceError) -> Network {
        let name = "demo-detector"
        let manifest = try ModelManifest(json: PackageResources.demo_detector_json, source: "\(name).json")
        return try Network.load(
            model: PackageResources.demo_detector_onnx, name: name, manifest: manifest, runtime: runtime, threads: threads)
    }
}
