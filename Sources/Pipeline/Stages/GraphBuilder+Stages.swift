// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Inference
import Stereo

extension GraphBuilder {
    /// What every stage of a graph works with.
    struct StageContext: Sendable {
        let hub: StreamHub
        let meters: GraphMeters
        let counters: GraphCounters
        let monitor: StageMonitor
    }

    /// What reads the outputs of a network that the camera runs; nil where it runs none.
    func cameraNetworkStage(
        _ plan: PipelinePlan, _ context: StageContext, onDetections: @escaping @Sendable (DetectionSet) -> Void
    ) -> CameraNetworkStage? {
        guard plan.takes(.network), let network else { return nil }
        return CameraNetworkStage(network: network, options: inferenceOptions, context: context, onDetections: onDetections)
    }

    /// The stage of a network that runs here; nil where none does.
    func inferenceStage(
        _ plan: PipelinePlan, _ context: StageContext, onDetections: @escaping @Sendable (DetectionSet) -> Void
    ) -> InferenceStage? {
        guard plan.nodes.contains(.network), !plan.takes(.network), let network else { return nil }
        return InferenceStage(
            network: network, options: inferenceOptions, hub: context.hub, meters: context.meters, counters: context.counters,
            monitor: context.monitor, onDetections: onDetections)
    }

    /// The stage that rectifies and matches; nil without pairs.
    /// - Parameter matching: nil where pairs are only rectified.
    func stereoStage(
        _ plan: PipelinePlan, _ rectifier: Rectifier?, _ matching: Matching?, _ context: StageContext, progress: MatchingProgress,
        wiring: StereoWorker.Wiring
    ) -> StereoStage? {
        guard plan.nodes.contains(.rectify), let rectifier else { return nil }
        let worker = StereoWorker(
            rectifier: rectifier, matching: matching, camera: context.hub.camera, hub: context.hub, meters: context.meters,
            counters: context.counters, progress: progress, wiring: wiring)
        return StereoStage(
            worker: worker, progress: progress, camera: context.hub.camera, counters: context.counters, monitor: context.monitor)
    }

    func jpegStage(_ plan: PipelinePlan, _ context: StageContext) -> JPEGStage? {
        plan.nodes.contains(.jpeg) ? JPEGStage(hub: context.hub, monitor: context.monitor) : nil
    }

    func videoStage(_ plan: PipelinePlan, _ context: StageContext) -> VideoStage? {
        guard plan.nodes.contains(.video), !plan.takes(.video) else { return nil }
        return VideoStage(
            configuration.video, framesPerSecond: format.framesPerSecond, hub: context.hub, monitor: context.monitor)
    }
}
