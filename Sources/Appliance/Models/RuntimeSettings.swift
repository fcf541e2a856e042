// SPDX-License-Identifier: Apache-2.0
import Settings

/// The `runtime` section of the settings: how networks are run.
public struct RuntimeSettings: Sendable, Hashable {
    /// Path of ONNX Runtime's library; nil searches the usual places.
    let onnxRuntime: String?
    /// Threads of one network.
    let threads: Int
    /// What else may run them.
    let accelerator: AcceleratorSettings

    init(_ section: SettingsSection) throws(SettingsError) {
        let path = try section.text("onnxruntime", default: "")
        onnxRuntime = path.isEmpty ? nil : path
        threads = try section.integer("threads", default: 1, in: 1...16)
        accelerator = try AcceleratorSettings(section)
        try section.finish()
    }
}
