// SPDX-License-Identifier: Apache-2.0
public import Settings

/// The `codeproject` section of the settings: the CodeProject.AI / DeepStack server.
public struct CodeProjectSettings: Sendable, Hashable {
    /// Whether anything answers below `/v1/`, on any port.
    public let enabled: Bool
    /// The port programs expect CodeProject.AI on; 0 takes any free port, -1 opens none beside the HTTP server's.
    public let port: Int
    /// Questions worked on at the same time.
    public let workers: Int
    /// Questions that may wait.
    public let capacity: Int
    /// How long a question may wait for its answer.
    public let patience: Duration
    /// Rows of one answer.
    public let maximumPredictions: Int
    /// nil answers like CodeProject.AI; else like DeepStack, with real HTTP errors.
    public let deepStack: CodeProjectParts.DeepStackMode?
    /// Origins whose pages may ask questions; `*` is every page, as with the original.
    public let allowedOrigins: [String]
    /// Folder of detectors for `vision/custom/{model}`; empty for `custom-models` in the state directory.
    public let customModels: String

    /// The port to open beside the HTTP server's; nil for none.
    public var ownPort: Int? { enabled && port >= 0 ? port : nil }

    public init(_ section: SettingsSection) throws(SettingsError) {
        enabled = try section.flag("enabled", default: true)
        port = try section.integer("port", default: 32168, in: -1...65535)
        workers = try section.integer("workers", default: 2, in: 1...16)
        capacity = try section.integer("capacity", default: 96, in: 1...1024)
        patience = .seconds(try section.integer("timeout_s", default: 30, in: 1...300))
        maximumPredictions = try section.integer("maximum_predictions", default: 20, in: 1...1000)
        let isDeepStack = try section.flag("deepstack", default: false)
        let apiKey = try section.secret("api_key", maximumLength: 256)
        deepStack = isDeepStack ? .init(apiKey: apiKey) : nil
        allowedOrigins = try section.texts("allowed_origins", default: ["*"])
        customModels = try section.text("custom_models", default: "")
        if !apiKey.isEmpty, !isDeepStack {
            throw section.refusal("api_key", "is asked for in DeepStack mode only; set codeproject.deepstack to true, too")
        }
        try section.finish()
    }
}
