// SPDX-License-Identifier: Apache-2.0
public import Core

/// What servers and publishers may see and ask of one camera slot.
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
    /// Changes how a lens sees, now and whenever a camera is opened. An empty request only asks. Returns when the camera has
    /// been told, between two pictures.
    /// - Returns: what is in force; nil while there is no camera: the request is kept.
    func control(_ lens: CameraInstance, _ request: CameraControlRequest) async -> CameraControlState?
    /// The networks that clients attach to the camera's pictures; nil for a camera that takes none.
    var networks: (any NetworkDeployment)? { get }
    /// How single pictures are taken now; nil while there are none.
    var snapshotSource: SnapshotSource? { get }
    /// The camera's lenses and their geometry; nil while there is no camera.
    var optics: CameraOptics? { get }
    /// Where servers enter the stages that work for their clients at this camera: the watchdog watches them, and their
    /// failures are counted with the camera's.
    var stageMonitor: StageMonitor { get }
}

extension CameraService {
    /// A camera without controls.
    public func control(_ lens: CameraInstance, _ request: CameraControlRequest) async -> CameraControlState? { .first }
    /// A camera whose geometry never changes.
    public func renewGeometry() async throws(PipelineRefusal) {}
    public var networks: (any NetworkDeployment)? { nil }
    public var snapshotSource: SnapshotSource? { nil }
    public var optics: CameraOptics? { nil }
}
