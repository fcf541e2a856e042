// SPDX-License-Identifier: Apache-2.0
public import XLink

/// What every node that runs a network has: its blob and how it runs.
public struct GraphNetwork: Sendable, Hashable {
    /// A MyriadX blob of version 6; nil makes a node without a network, for tests.
    public var blob: [UInt8]?
    /// Results that the device keeps.
    public var frames: UInt32
    /// 0: the firmware chooses.
    public var threads: UInt32
    /// Neural compute engines of a thread; 0: the firmware chooses.
    public var enginesPerThread: UInt32

    private static let asset = "__blob"
    private static let alignment = 64

    public init(blob: [UInt8]?, frames: UInt32 = 8, threads: UInt32 = 0, enginesPerThread: UInt32 = 0) {
        self.blob = blob
        self.frames = frames
        self.threads = threads
        self.enginesPerThread = enginesPerThread
    }

    var fields: [NOPValue] {
        [
            .optional(blob) { .unsigned($0.count) }, .text(blob == nil ? "" : "asset:\(GraphNetwork.asset)"),
            .unsigned(UInt64(frames)), .unsigned(UInt64(threads)), .unsigned(UInt64(enginesPerThread)),
        ]
    }

    var assets: [GraphAsset] {
        blob.map { [GraphAsset(GraphNetwork.asset, bytes: $0, alignment: GraphNetwork.alignment)] } ?? []
    }

    static let input = GraphInput("in", isBlocking: true, queueSize: 5, waitsForMessage: true)
}

/// How the outputs of a detection network are read.
public struct DetectionParser: Sendable, Hashable {
    public enum Family: Int64, Sendable {
        case yolo = 0
        case mobileNet = 1
    }

    public var family: Family
    /// 0...1: boxes that are less certain are left out.
    public var confidence: Float
    /// Of YOLO, as is everything below.
    public var classes: Int
    /// Numbers of a box.
    public var coordinates: Int
    public var anchors: [Float]
    /// Which anchors belong to an output, such as "side26".
    public var anchorMasks: [String: [Int32]]
    /// Boxes that overlap more are one.
    public var overlap: Float

    /// Boxes of one output, as SSD networks of the MobileNet family give them.
    public static func mobileNet(confidence: Float) -> DetectionParser {
        DetectionParser(
            family: .mobileNet, confidence: confidence, classes: 0, coordinates: 0, anchors: [], anchorMasks: [:], overlap: 0)
    }

    /// Grids of boxes; without anchors for YOLO 6 and later.
    public static func yolo(
        confidence: Float, classes: Int, overlap: Float = 0.5, coordinates: Int = 4, anchors: [Float] = [],
        anchorMasks: [String: [Int32]] = [:]
    ) -> DetectionParser {
        DetectionParser(
            family: .yolo, confidence: confidence, classes: classes, coordinates: coordinates, anchors: anchors,
            anchorMasks: anchorMasks, overlap: overlap)
    }

    var nop: NOPValue {
        let masks = anchorMasks.sorted { $0.key < $1.key }.map { NOPPair(.text($0.key), .integers($0.value)) }
        return .structure([
            .signed(family.rawValue), .float(confidence), .signed(classes), .signed(coordinates),
            .list(anchors.map { .float($0) }), .map(masks), .float(overlap),
        ])
    }
}

/// Runs a network and gives out its tensors.
public struct NeuralNetwork: GraphNode {
    public enum Input: String, GraphPort { case input = "in" }
    public enum Output: String, GraphPort, CaseIterable { case passthrough, out }
    public static let kind = "NeuralNetwork"

    public var network: GraphNetwork
    /// Whether it looks at the newest image, and its sender never waits for it.
    public var takesLatest = false

    public init(_ network: GraphNetwork) { self.network = network }

    public var assets: [GraphAsset] { network.assets }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        [takesLatest ? GraphNetwork.input.latest : GraphNetwork.input]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue { .structure(network.fields) }
}

/// Runs a network and gives out boxes.
public struct DetectionNetwork: GraphNode {
    public enum Input: String, GraphPort { case input = "in" }
    public enum Output: String, GraphPort, CaseIterable { case passthrough, out }
    public static let kind = "DetectionNetwork"

    public var network: GraphNetwork
    public var parser: DetectionParser

    public init(_ network: GraphNetwork, parser: DetectionParser) {
        self.network = network
        self.parser = parser
    }

    public var assets: [GraphAsset] { network.assets }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] { [GraphNetwork.input] }

    public func properties(_ layout: GraphLayout) -> NOPValue { .structure(network.fields + [parser.nop]) }
}

/// Runs a network and gives out boxes with their places in space.
public struct SpatialDetectionNetwork: GraphNode {
    public enum Input: String, GraphPort {
        case input = "in"
        case depth = "inputDepth"
    }
    public enum Output: String, GraphPort, CaseIterable { case boundingBoxMapping, passthrough, passthroughDepth, out }
    public static let kind = "SpatialDetectionNetwork"

    public var network: GraphNetwork
    public var parser: DetectionParser
    /// 0...1: the part of a box, about its centre, whose depth counts.
    public var boxScale: Float
    /// Depths outside of it do not count, in millimetres.
    public var depthRange: ClosedRange<UInt32>
    /// One of `DeviceDepthRegion.Algorithm`.
    public var algorithm: Int32

    public init(
        _ network: GraphNetwork, parser: DetectionParser, boxScale: Float = 0.5, depthRange: ClosedRange<UInt32> = 0...65_535,
        algorithm: Int32 = DeviceDepthRegion.Algorithm.median
    ) {
        self.network = network
        self.parser = parser
        self.boxScale = boxScale
        self.depthRange = depthRange
        self.algorithm = algorithm
    }

    public var assets: [GraphAsset] { network.assets }

    public func inputs(_ layout: GraphLayout) -> [GraphInput] {
        [GraphInput("inputDepth", isBlocking: false, queueSize: 4, waitsForMessage: true), GraphNetwork.input]
    }

    public func properties(_ layout: GraphLayout) -> NOPValue {
        let range: NOPValue = .structure([.unsigned(UInt64(depthRange.lowerBound)), .unsigned(UInt64(depthRange.upperBound))])
        let automaticStep: NOPValue = .signed(-1)
        return .structure(
            network.fields + [parser.nop, .float(boxScale), range, .signed(Int64(algorithm)), automaticStep])
    }
}
