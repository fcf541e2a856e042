// SPDX-License-Identifier: Apache-2.0

extension Settings {
    /// The CodeProject.AI / DeepStack server.
    public struct CodeProject: Sendable, Hashable {
        /// Whether anything answers below `/v1/`, on any port.
        public var enabled: Bool
        /// The port programs expect CodeProject.AI on; 0 takes any free port, -1 opens none beside the HTTP server's.
        public var port: Int
        /// Questions worked on at the same time.
        public var workers: Int
        /// Questions that may wait.
        public var capacity: Int
        /// Seconds after which a question is answered "timed out".
        public var timeoutSeconds: Int
        /// Rows of one answer.
        public var maximumPredictions: Int
        /// Whether failures are HTTP errors as with DeepStack.
        public var deepStack: Bool
        /// What clients must send as `api_key` in DeepStack mode; empty for nothing.
        public var apiKey: String
        /// Origins whose pages may ask questions.
        public var allowedOrigins: [String]
        /// Folder of detectors for `vision/custom/{model}`; empty for `custom-models` in the state directory.
        public var customModels: String
    }
}

extension Settings.CodeProject {
    init(_ section: SettingsSection) throws(SettingsError) {
        enabled = try section.flag("enabled", default: true)
        port = try section.integer("port", default: 32168, in: -1...65535)
        workers = try section.integer("workers", default: 2, in: 1...16)
        capacity = try section.integer("capacity", default: 96, in: 1...1024)
        timeoutSeconds = try section.integer("timeout_s", default: 30, in: 1...300)
        maximumPredictions = try section.integer("maximum_predictions", default: 20, in: 1...1000)
        deepStack = try section.flag("deepstack", default: false)
        apiKey = try section.secret("api_key", maximumLength: 256)
        allowedOrigins = try section.texts("allowed_origins", default: ["*"])
        customModels = try section.text("custom_models", default: "")
        if !apiKey.isEmpty, !deepStack {
            throw section.refusal("api_key", "is asked for in DeepStack mode only; set codeproject.deepstack to true, too")
        }
        try section.finish()
    }
}
