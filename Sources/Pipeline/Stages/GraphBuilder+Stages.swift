// SPDX-License-Identifier: Apache-2.0
import Core
import Inference
import Stereo

extension GraphBuilder {
    /// What every stage of a graph works with.
    struct Surroundings: Sendable {
        let hub: StreamHub
        let meters: GraphMeters
        let counters: GraphCounters
        let monitor: StageMonitor
    }

    /// The network's stage when the plan has one; nil when it has none.
    func inferenceStage(
        _ plan: PipelinePlan, _ around: Surroundings, onDetections: @escaping @Sendable (DetectionSet) -> Void
    ) -> InferenceStage? {
        guard plan.nodes.contains(.network), let network else { return nil }
        return InferenceStage(
            network: network, options: inferenceOptions, hub: around.hub, meters: around.meters, counters: around.counters,
            monitor: around.monitor, onDetections: onDetections)
    }

    /// The stage that rectifies and matches; nil without pairs.
    func stereoStage(
        _ rectifier: Rectifier?, _ matching: Matching?, _ around: Surroundings, progress: MatchingProgress,
        wiring: StereoWorker.Wiring
    ) -> StereoStage? {
        guard let rectifier, let matching else { return nil }
        let worker = StereoWorker(
            rectifier: rectifier, matching: matching, camera: around.hub.camera, hub: around.hub, meters: around.meters,
            counters: around.counters, progress: progress, wiring: wiring)
        return StereoStage(
            worker: worker, progress: progress, camera: around.hub.camera, counters: around.counters, monitor: around.monitor)
    }

    func jpegStage(_ plan: PipelinePlan, _ around: Surroundings) -> JPEGStage? {
        plan.nodes.contains(.jpeg) ? JPEGStage(hub: around.hub, monitor: around.monitor) : nil
    }

    func videoStage(_ plan: PipelinePlan, _ around: Surroundings) -> VideoStage? {
        guard plan.nodes.contains(.video) else { return nil }
        return VideoStage(
            configuration.video, framesPerSecond: format.framesPerSecond, hub: around.hub, monitor: around.monitor)
    }
}
