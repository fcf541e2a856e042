// SPDX-License-Identifier: Apache-2.0

/// What a model can be for. The raw values stand in the settings, `models.<role>`.
public enum ModelRole: String, Sendable, Hashable, CaseIterable {
    /// Finds the everyday objects of `vision/detection`.
    case detection
    /// Draws the outline of objects too (`vision/segmentation`).
    case segmentation
    case faceDetection = "face-detection"
    /// Turns an aligned face of 112×112 pixels into a vector.
    case faceEmbedding = "face-embedding"
    case plateDetection = "plate-detection"
    /// Reads the text of a plate.
    case plateText = "plate-text"
    case scene
    /// Makes a picture's luminance finer.
    case superResolution = "super-resolution"
    /// Tells the foreground from the background.
    case backgroundRemoval = "background-removal"
    /// Redraws a picture in a style.
    case cartoon
    /// Labels each pixel with a class, of which one is a person.
    case portrait
    /// Names what a log-mel spectrogram sounds like.
    case sound

    /// For people.
    public var title: String {
        switch self {
        case .detection: "an object detection model"
        case .segmentation: "a segmentation model"
        case .faceDetection: "a face detection model"
        case .faceEmbedding: "a face embedding model"
        case .plateDetection: "a number plate detection model"
        case .plateText: "a plate text model"
        case .scene: "a scene classification model"
        case .superResolution: "a super-resolution model"
        case .backgroundRemoval: "a background removal model"
        case .cartoon: "a cartoon model"
        case .portrait: "a portrait segmentation model"
        case .sound: "a sound classification model"
        }
    }
}

extension TaskError {
    /// The answer of a role without a model, with what to do about it.
    public static func notInstalled(_ role: ModelRole) -> TaskError {
        .notInstalled(
            what: role.title,
            remedy: "install one with `depthd models install FILE --role \(role.rawValue)`, or name a file with "
                + "models.\(role.rawValue) in the settings")
    }
}
