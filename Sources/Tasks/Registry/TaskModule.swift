// SPDX-License-Identifier: Apache-2.0

/// The part of the server that answers a route, named as the original names it where one of its modules answers the same
/// routes: clients show these names and put the id into `/v1/settings/{moduleId}`.
public struct TaskModule: Sendable, Hashable {
    public var id: String
    /// For people.
    public var name: String
    /// The queue's name in "Request queue '…' is full".
    public var queue: String

    public init(id: String, name: String, queue: String) {
        self.id = id
        self.name = name
        self.queue = queue
    }

    public static let detection = TaskModule(
        id: "ObjectDetectionYOLOv5Net", name: "Object Detection (depthd)", queue: "objectdetection_queue")
    public static let face = TaskModule(id: "FaceProcessing", name: "Face Processing (depthd)", queue: "faceprocessing_queue")
    public static let scene = TaskModule(id: "SceneClassifier", name: "Scene Classification (depthd)", queue: "scene_queue")
    public static let plates = TaskModule(id: "ALPR", name: "License Plate Reader (depthd)", queue: "alpr_queue")
    public static let superResolution = TaskModule(
        id: "SuperResolution", name: "Super Resolution (depthd)", queue: "superresolution_queue")
    public static let background = TaskModule(
        id: "BackgroundRemover", name: "Background Remover (depthd)", queue: "removebackground_queue")
    public static let cartoon = TaskModule(id: "Cartooniser", name: "Cartooniser (depthd)", queue: "cartooniser_queue")
    public static let portrait = TaskModule(id: "PortraitFilter", name: "Portrait Filter (depthd)", queue: "portraitfilter_queue")
    public static let summary = TaskModule(id: "TextSummary", name: "Text Summary (depthd)", queue: "textsummary_queue")
    public static let sentiment = TaskModule(
        id: "SentimentAnalysis", name: "Sentiment Analysis (depthd)", queue: "sentimentanalysis_queue")
    public static let sound = TaskModule(
        id: "SoundClassifierTF", name: "Sound Classifier (depthd)", queue: "soundclassifier_queue")
    public static let training = TaskModule(
        id: "TrainingObjectDetectionYOLOv5", name: "Training (not part of depthd)", queue: "trainingobjectdetection_queue")
}
