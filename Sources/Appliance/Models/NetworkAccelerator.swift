// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Inference
import OAK
import Pipeline
import Settings

/// The `runtime.accelerator` of the settings.
struct AcceleratorSettings: Sendable, Hashable {
    enum Mode: String, Sendable, CaseIterable {
        /// Every network that no camera runs itself is run by the box's processor.
        case none
        /// An OAK camera that no slot wants runs blobs for the others, where there is one.
        case auto
        /// The same, and where there is none the owner is told.
        case oak
    }

    let mode: Mode
    /// Which camera may run them.
    let device: OAKSettings.Device

    init(_ section: SettingsSection) throws(SettingsError) {
        mode = try section.choice("accelerator", default: .none)
        device = try OAKSettings.device(section, "accelerator_device", default: "usb")
    }
}

/// Has blobs run by an OAK camera that no slot wants.
struct NetworkAccelerator: BlobAccelerator {
    private let accelerator: OAKAccelerator
    private let settings: AcceleratorSettings

    /// nil where the settings want none.
    init?(_ accelerator: OAKAccelerator, _ settings: AcceleratorSettings) {
        guard settings.mode != .none else { return nil }
        (self.accelerator, self.settings) = (accelerator, settings)
    }

    func runner(for blob: Blob, input: ModelManifest.Input, outputs: [TensorDescription]) -> any BlobRunner {
        let network = DeviceNetwork(blob, input: input, outputs: outputs)
        return Runner(
            AcceleratedNetwork(network, device: settings.device, accelerator: accelerator), tellsProblems: settings.mode == .oak)
    }

    private final class Runner: BlobRunner {
        private let network: AcceleratedNetwork
        private let tellsProblems: Bool

        init(_ network: AcceleratedNetwork, tellsProblems: Bool) {
            (self.network, self.tellsProblems) = (network, tellsProblems)
        }

        var isServing: Bool { network.isServed }
        var problem: String { tellsProblems ? network.problem : "" }

        func run<Output: Sendable>(
            _ input: UnsafeRawBufferPointer, _ body: ([TensorView]) throws(InferenceError) -> Output
        ) throws(InferenceError) -> Output? {
            guard let tensors = network.outputs(of: input) else { return nil }
            let outcome = tensors.withViews { views in
                Result { () throws(InferenceError) in try body(views) }
            }
            return try outcome.get()
        }
    }
}
