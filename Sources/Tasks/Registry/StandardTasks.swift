// SPDX-License-Identifier: Apache-2.0
public import Codec

/// Options of the jobs.
public struct TaskOptions: Sendable, Hashable {
    /// For every uploaded picture.
    public var limits: ImageLimits
    /// Rows of a detection's answer, 1...1000. Some clients have room for twenty and fail on more.
    public var maximumPredictions: Int
    /// Detections below this confidence are not taken for plates, 0...1.
    public var plateConfidence: Float

    /// Pixels of a picture to be redrawn (`image/…`): such jobs need some 30 bytes for each.
    public var maximumRedrawnPixels: Int
    /// Pixels of a picture to be enlarged: the result has nine times as many.
    public var maximumEnlargedPixels: Int

    public init(
        limits: ImageLimits = .default, maximumPredictions: Int = 20, plateConfidence: Float = 0.6,
        maximumRedrawnPixels: Int = 8_000_000, maximumEnlargedPixels: Int = 2_000_000
    ) {
        self.limits = limits
        self.maximumPredictions = min(1000, max(1, maximumPredictions))
        self.plateConfidence = min(1, max(0, plateConfidence))
        self.maximumRedrawnPixels = maximumRedrawnPixels
        self.maximumEnlargedPixels = maximumEnlargedPixels
    }
}

extension TaskRegistry {
    /// Every job of the target under the original's routes.
    /// - Parameters:
    ///   - models: where networks come from.
    ///   - faces: who is known.
    public static func standard(models: any TaskModels, faces: FaceStore, options: TaskOptions = TaskOptions()) -> TaskRegistry {
        let reader = PictureReader(limits: options.limits)
        func smallReader(atMost pixels: Int) -> PictureReader {
            var limits = options.limits
            limits.maximumPixels = min(limits.maximumPixels, pixels)
            return PictureReader(limits: limits)
        }
        let redrawn = smallReader(atMost: options.maximumRedrawnPixels)
        let services = FaceServices(models: models, reader: reader, store: faces)
        func detection(_ source: DetectionTask.Source) -> DetectionTask {
            DetectionTask(source: source, models: models, reader: reader, maximumPredictions: options.maximumPredictions)
        }
        let plates = PlateTask(models: models, reader: reader, plateConfidence: options.plateConfidence)
        var entries: [(route: String, job: any TaskJob)] = [
            ("vision/detection", detection(.standard)),
            ("vision/custom", detection(.custom)),
            ("vision/custom/list", CustomListTask(models: models)),
            (
                "vision/segmentation",
                SegmentationTask(models: models, reader: reader, maximumPredictions: options.maximumPredictions)
            ),
            ("vision/face", FaceDetectionTask(services: services)),
            ("vision/face/register", FaceRegisterTask(services: services)),
            ("vision/face/recognize", FaceRecognizeTask(services: services)),
            ("vision/face/recognise", FaceRecognizeTask(services: services)),
            ("vision/face/list", FaceListTask(services: services)),
            ("vision/face/delete", FaceDeleteTask(services: services)),
            ("vision/face/match", FaceMatchTask(services: services)),
            ("vision/scene", SceneTask(models: models, reader: reader)),
            ("vision/alpr", plates),
            ("image/alpr", plates),
            (
                "image/superresolution",
                SuperResolutionTask(models: models, reader: smallReader(atMost: options.maximumEnlargedPixels))
            ),
            ("image/removebackground", BackgroundTask(models: models, reader: redrawn)),
            ("image/cartoonise", CartoonTask(models: models, reader: redrawn)),
            ("image/portraitfilter", PortraitTask(models: models, reader: redrawn)),
            ("text/summarize", SummaryTask()),
            ("text/sentiment", SentimentTask()),
            ("sound/classify", SoundTask(models: models)),
        ]
        for command in TrainingTask.commands { entries.append(("train/\(command)", TrainingTask(command: command))) }
        for command in TrainingTask.questions {
            entries.append(("\(TaskModule.training.id)/\(command)", TrainingTask(command: command)))
        }
        return TaskRegistry(entries)
    }
}
