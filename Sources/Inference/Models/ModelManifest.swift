// SPDX-License-Identifier: Apache-2.0

/// Everything about a network that its file does not say: what picture it wants and how its outputs are to be read.
///
/// As JSON (keys that may be left out are marked with their default):
/// ```json
/// { "family": "yolox", "labels": ["person"],
///   "input": { "width": 416, "height": 416, "resize": "letterbox_top_left", "pad": 114,
///              "color": "bgr", "layout": "planar", "mean": [0, 0, 0], "scale": [1, 1, 1] },
///   "decoder": { "strides": [8, 16, 32], "landmarks": 0, "bins": 8, "background": 0, "candidates": 1000 },
///   "thresholds": { "confidence": 0.3, "iou": 0.45, "maximum_detections": 100 },
///   "sha256": "…" }
/// ```
/// Optional: `labels` ([]), `resize` ("stretch"), `pad` (114), `color` ("bgr"), `layout` ("planar"), `mean` (0), `scale`
/// (1), `decoder`, `thresholds` (the family's own) and `sha256`. Unknown keys are refused.
public struct ModelManifest: Sendable, Hashable {
    public var family: ModelFamily
    /// Names by class index; empty, or exactly as many as the network has classes.
    public var labels: [String]
    public var input: Input
    public var decoder: DecoderParameters
    public var thresholds: Thresholds
    /// Of the model file, 64 lower-case hexadecimal digits.
    public var sha256: String?

    public init(
        family: ModelFamily, labels: [String] = [], input: Input, decoder: DecoderParameters = DecoderParameters(),
        thresholds: Thresholds? = nil, sha256: String? = nil
    ) {
        self.family = family
        self.labels = labels
        self.input = input
        self.decoder = decoder
        self.thresholds = thresholds ?? family.defaultThresholds
        self.sha256 = sha256
    }

    /// How a picture becomes the network's size.
    public enum Resize: String, Sendable, Codable, Hashable, CaseIterable {
        /// Keep the aspect ratio, centre, fill with `pad`.
        case letterbox
        /// Keep the aspect ratio, top left, fill with `pad`.
        case letterboxTopLeft = "letterbox_top_left"
        /// Squeeze the whole picture (gen1 `keep_aspect_ratio: false`).
        case stretch
        /// Cut the largest centred part of the network's aspect ratio (gen1 `keep_aspect_ratio: true`).
        case crop
    }

    /// Order of the network's channels.
    public enum Color: String, Sendable, Codable, Hashable, CaseIterable {
        case bgr, rgb, gray
    }

    /// Order of the network's dimensions.
    public enum Layout: String, Sendable, Codable, Hashable, CaseIterable {
        /// [1, channels, height, width]
        case planar
        /// [1, height, width, channels]
        case interleaved
    }

    /// The picture the network wants.
    public struct Input: Sendable, Hashable {
        /// Pixels, 8...4096.
        public var width: Int
        /// Pixels, 8...4096.
        public var height: Int
        public var resize: Resize
        /// Grey level beside a letterboxed picture, 0...255.
        public var pad: Int
        public var color: Color
        public var layout: Layout
        /// Subtracted from each byte, one per channel in the order of `color` (all equal for gray: the first counts).
        public var mean: [Float]
        /// What the difference is multiplied by, one per channel in the order of `color`.
        public var scale: [Float]

        public init(
            width: Int, height: Int, resize: Resize = .stretch, pad: Int = 114, color: Color = .bgr,
            layout: Layout = .planar, mean: [Float] = [0, 0, 0], scale: [Float] = [1, 1, 1]
        ) {
            self.width = width
            self.height = height
            self.resize = resize
            self.pad = pad
            self.color = color
            self.layout = layout
            self.mean = mean
            self.scale = scale
        }

        /// The tensor shape a network with this input has.
        var shape: [Int] {
            let channels = color == .gray ? 1 : 3
            return layout == .planar ? [1, channels, height, width] : [1, height, width, channels]
        }
    }

    /// Numbers a decoder needs beyond the shapes of the outputs.
    public struct DecoderParameters: Sendable, Hashable {
        /// Pixels per cell, in the order of the outputs (yolox, nanodet, yunet).
        public var strides: [Int]
        /// Points between objectness and classes (yolov5).
        public var landmarks: Int
        /// Bins of each edge's distribution (nanodet).
        public var bins: Int
        /// The class that means "nothing", -1 for none (ssd).
        public var background: Int
        /// The grids of a region network; nil for the other families.
        public var region: Region?
        /// Number of the best candidates that go into non-maximum suppression, 1...10000 (per class with ssd).
        public var candidates: Int

        public init(
            strides: [Int] = [8, 16, 32], landmarks: Int = 0, bins: Int = 8, background: Int = 0, region: Region? = nil,
            candidates: Int = 1000
        ) {
            self.strides = strides
            self.landmarks = landmarks
            self.bins = bins
            self.background = background
            self.region = region
            self.candidates = candidates
        }
    }

    /// The grids of a region network (YOLO v2, v3).
    public struct Region: Sendable, Hashable {
        /// 1...10000.
        public var classes: Int
        /// Widths and heights, two numbers per anchor: pixels of the network's picture, or cells when there are no masks.
        public var anchors: [Float]
        /// Which anchors a grid uses, by its columns. Empty when all grids use all.
        public var masks: [Int: [Int]]

        public init(classes: Int, anchors: [Float], masks: [Int: [Int]] = [:]) {
            self.classes = classes
            self.anchors = anchors
            self.masks = masks
        }
    }

    /// What counts as a detection.
    public struct Thresholds: Sendable, Hashable {
        /// Lowest confidence, 0...1.
        public var confidence: Float
        /// Of two boxes of one class that overlap more than this, the weaker goes, 0...1.
        public var iou: Float
        /// Boxes of different classes count as overlapping too: for networks whose classes exclude each other.
        public var acrossLabels: Bool
        /// Maximum number of detections reported, the best ones, 1...1000.
        public var maximumDetections: Int

        public init(confidence: Float, iou: Float, acrossLabels: Bool = false, maximumDetections: Int = 100) {
            self.confidence = confidence
            self.iou = iou
            self.acrossLabels = acrossLabels
            self.maximumDetections = maximumDetections
        }
    }
}
