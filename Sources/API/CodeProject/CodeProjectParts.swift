// SPDX-License-Identifier: Apache-2.0
public import Tasks

/// The parts of the CodeProject.AI server.
public struct CodeProjectParts: Sendable {
    /// Who answers the questions.
    public var scheduler: TaskScheduler
    /// What clients have set.
    public var modules: ModuleSettings
    /// What the daemon has said lately.
    public var log: LogBook
    /// depthd's own version, such as `1.2.3`.
    public var version: String
    /// How long a request may wait for its answer.
    public var patience: Duration
    /// nil answers like CodeProject.AI; else like DeepStack, with real HTTP errors.
    public var deepStack: DeepStackMode?
    /// Origins whose pages may ask questions; `*` is every page, as with the original.
    public var allowedOrigins: [String]
    /// What the uploads of all servers may hold together.
    let uploads = UploadBudget(total: 128 << 20, perClient: 96 << 20)

    /// DeepStack's manners.
    public struct DeepStackMode: Sendable, Hashable {
        /// What clients must send as `api_key`; empty for nothing.
        public var apiKey: String

        public init(apiKey: String = "") {
            self.apiKey = apiKey
        }
    }

    public init(
        scheduler: TaskScheduler, modules: ModuleSettings, log: LogBook, version: String, patience: Duration = .seconds(30),
        deepStack: DeepStackMode? = nil, allowedOrigins: [String] = ["*"]
    ) {
        self.scheduler = scheduler
        self.modules = modules
        self.log = log
        self.version = version
        self.patience = patience
        self.deepStack = deepStack
        self.allowedOrigins = allowedOrigins
    }
}
