// SPDX-License-Identifier: Apache-2.0
public import Core

/// What one exposure of a rendered scene really shows.
public struct SceneTruth: Sendable, Codable, Hashable {
    /// Sequence number of the exposure.
    public var sequence: Int
    /// Objects that count as visible, nearest first: at least half of their outline shows in the colour or the right
    /// picture and is at least 3 % of the picture high there.
    public var objects: [SceneTruthObject]

    public init(sequence: Int, objects: [SceneTruthObject]) {
        self.sequence = sequence
        self.objects = objects
    }
}

/// One visible object of a rendered scene. Lengths in millimetres in the right camera's frame: x right, y up, z forward.
public struct SceneTruthObject: Sendable, Codable, Hashable {
    /// The same for as long as the object exists, never used twice.
    public var id: Int
    public var label: SceneLabel
    /// Tight box around the visible pixels of the colour picture, or nil when the object does not count as visible there.
    public var colorBox: SceneTruthBox?
    /// The same in the right picture.
    public var rightBox: SceneTruthBox?
    /// Share of the object's outline, cut by nothing, that shows: 0...1.
    public var colorVisibleFraction: Float
    public var rightVisibleFraction: Float
    /// What a perfect depth sensor would measure: the median z over the visible pixels in the central half of `rightBox`;
    /// nil when the right camera does not see the object at all.
    public var zMillimetres: Float?
    /// Centre of the solid.
    public var center: SceneTruthPoint
    /// Width, height and depth of the solid before rotation; a ball's are equal.
    public var sizeMillimetres: SceneTruthPoint
}

/// A box in fractions of the picture, 0...1; x right, y down.
public struct SceneTruthBox: Sendable, Codable, Hashable {
    public var xMin: Float
    public var yMin: Float
    public var xMax: Float
    public var yMax: Float

    /// As a detection's box.
    public var normalized: NormalizedBox { NormalizedBox(xMin: xMin, yMin: yMin, xMax: xMax, yMax: yMax) }
}

/// Three lengths in millimetres.
public struct SceneTruthPoint: Sendable, Codable, Hashable {
    public var x: Float
    public var y: Float
    public var z: Float
}
