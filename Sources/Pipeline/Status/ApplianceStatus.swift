// SPDX-License-Identifier: Apache-2.0
public import Core

/// What the doors of the box (HTTP, UDP) may see and ask of one camera slot.
public protocol CameraService: Sendable {
    var id: CameraID { get }
    /// The slot's streams, for its whole life.
    var hub: StreamHub { get }
    /// The slot at this moment. Cheap enough to be asked ten times a second.
    func status() -> CameraStatus
    /// The pipeline configuration in force as JSON, keys that the model decides left out.
    func pipelineJSON() -> String
    /// Puts another configuration in force: read, planned and checked completely before anything changes. A refused
    /// configuration leaves the running one as it was.
    /// - Parameter json: a gen1 `create_pipeline` dictionary or our superset of it.
    func replacePipeline(json: [UInt8]) async throws(PipelineRefusal)
    /// Something else is known of the camera's geometry now: the graph is built anew with it.
    func renewGeometry() async throws(PipelineRefusal)
    /// Where everything truly is, for cameras that know (the demo scene), as JSON.
    /// - Parameter sequence: the exposure asked for; the newest when nil. Only the last few seconds are kept.
    func truthJSON(sequence: Int?) -> String?
    /// Asks for one picture on `jpegout`, from the next exposure. Does nothing when the stream is not offered.
    func requestJPEG()
    /// Changes how a lens sees, now and whenever a camera is opened. An empty wish only asks. Returns when the camera has
    /// been told, between two pictures.
    /// - Returns: what is in force; nil while there is no camera: the wish is kept.
    func control(_ lens: CameraInstance, _ wish: CameraControlRequest) async -> CameraControlState?
    /// The networks that clients attach to the camera's pictures; nil for a camera that takes none.
    var networks: (any NetworkDeployment)? { get }
    /// How single pictures are looked at now; nil while there are none.
    var snapshotSource: SnapshotSource? { get }
    /// The camera's lenses and their geometry; nil while there is no camera.
    var optics: CameraOptics? { get }
}

extension CameraService {
    /// A camera that cannot be told anything.
    public func control(_ lens: CameraInstance, _ wish: CameraControlRequest) async -> CameraControlState? { .first }
    /// A camera whose geometry never changes.
    public func renewGeometry() async throws(PipelineRefusal) {}
    public var networks: (any NetworkDeployment)? { nil }
    public var snapshotSource: SnapshotSource? { nil }
    public var optics: CameraOptics? { nil }
}

/// What the doors may see of the whole box.
public protocol ApplianceService: Sendable {
    /// The slots, in the order of the settings.
    var cameras: [any CameraService] { get }
    func status() -> ApplianceStatus
    /// The owner has read the greeting: it is shown no more.
    func dismissWelcome()
}

extension ApplianceService {
    /// A box that greets nobody.
    public func dismissWelcome() {}
    /// The slot with that name.
    public func camera(_ name: some StringProtocol) -> (any CameraService)? {
        cameras.first { $0.id.name == name }
    }
}

/// Why a pipeline cannot be, in words for the person who asked for it.
public struct PipelineRefusal: Error, CustomStringConvertible, Hashable {
    /// The key, port or stream at fault, such as `depth.padding_factor` or `stereo.left`.
    public var field: String
    /// What is wrong and what would be right.
    public var problem: String

    public init(field: String, problem: String) {
        self.field = field
        self.problem = problem
    }

    public var description: String { "\(field): \(problem)" }
}

/// Everything worth knowing about the box at one moment.
public struct ApplianceStatus: Sendable, Codable {
    public var version: String
    public var uptimeSeconds: Double
    /// UTC, ISO 8601.
    public var time: String
    /// Host name.
    public var host: String
    /// `ok` when every camera runs, else `degraded` with `why`.
    public var health: String
    public var why: [String]
    public var system: SystemStatus
    public var cameras: [CameraStatus]
    /// Devices that are plugged in and known, and that depthd cannot use as they are.
    public var devices: [DeviceStatus]
    /// UDP subscribers and counters; nil when the door is closed.
    public var udp: UDPStatus?
    /// What a box tells its owner before a camera was ever plugged in; nil once one was, the settings were changed or the
    /// greeting was dismissed.
    public var welcome: WelcomeStatus?

    private enum CodingKeys: String, CodingKey {
        case version
        case uptimeSeconds = "uptime_s"
        case time
        case host
        case health
        case why
        case system
        case cameras
        case devices
        case udp
        case welcome
    }

    public init(
        version: String, uptimeSeconds: Double, time: String, host: String, health: String, why: [String],
        system: SystemStatus, cameras: [CameraStatus], devices: [DeviceStatus] = [], udp: UDPStatus?,
        welcome: WelcomeStatus? = nil
    ) {
        self.version = version
        self.uptimeSeconds = uptimeSeconds
        self.time = time
        self.host = host
        self.health = health
        self.why = why
        self.system = system
        self.cameras = cameras
        self.devices = devices
        self.udp = udp
        self.welcome = welcome
    }
}

/// How a box that nobody has set up yet is reached.
public struct WelcomeStatus: Sendable, Codable, Hashable {
    /// Addresses of the dashboard, the one by name first.
    public var dashboards: [String]
    /// Ports that are open, by door: `http`, `codeproject`, `depthai`, `udp`.
    public var doors: [String: Int]
    /// The settings file; nil for none.
    public var settings: String?
    /// The file on the card that the image reads at every start; nil where no image made the system.
    public var card: String?

    public init(dashboards: [String], doors: [String: Int], settings: String?, card: String?) {
        self.dashboards = dashboards
        self.doors = doors
        self.settings = settings
        self.card = card
    }
}

/// A device that is plugged in and that depthd cannot use as it is.
public struct DeviceStatus: Sendable, Codable, Hashable {
    /// What it is: `Movidius MyriadX, not booted`.
    public var name: String
    /// Vendor and product number: `03e7:2485`.
    public var usb: String
    /// The socket it is plugged into, as settings name it.
    public var port: String
    /// `unbooted`, `booting`, `running`, `bootloader`, `flash_booted` or `unstable`.
    public var state: String
    /// What is missing.
    public var why: String
    /// What to do about it.
    public var remedy: String

    public init(name: String, usb: String, port: String, state: String, why: String, remedy: String) {
        self.name = name
        self.usb = usb
        self.port = port
        self.state = state
        self.why = why
        self.remedy = remedy
    }
}

/// The machine underneath.
public struct SystemStatus: Sendable, Codable, Hashable {
    /// Celsius by sensor name; empty where the machine tells none.
    public var temperatures: [String: Double]
    /// Load average over one minute.
    public var load: Double
    public var memoryTotalBytes: Int
    public var memoryAvailableBytes: Int
    /// Memory of this process.
    public var residentBytes: Int
    /// CPU seconds of this process since its start.
    public var cpuSeconds: Double

    private enum CodingKeys: String, CodingKey {
        case temperatures
        case load
        case memoryTotalBytes = "memory_total_bytes"
        case memoryAvailableBytes = "memory_available_bytes"
        case residentBytes = "resident_bytes"
        case cpuSeconds = "cpu_s"
    }

    public init(
        temperatures: [String: Double], load: Double, memoryTotalBytes: Int, memoryAvailableBytes: Int, residentBytes: Int,
        cpuSeconds: Double
    ) {
        self.temperatures = temperatures
        self.load = load
        self.memoryTotalBytes = memoryTotalBytes
        self.memoryAvailableBytes = memoryAvailableBytes
        self.residentBytes = residentBytes
        self.cpuSeconds = cpuSeconds
    }
}

/// What the UDP door counts.
public struct UDPStatus: Sendable, Codable, Hashable {
    public var port: Int
    public var subscriptions: Int
    /// Counters by name: `sent`, `dropped_before_send`, `reported_lost`, `malformed`, `refused_…`.
    public var counters: [String: Int]

    public init(port: Int, subscriptions: Int, counters: [String: Int]) {
        self.port = port
        self.subscriptions = subscriptions
        self.counters = counters
    }
}
