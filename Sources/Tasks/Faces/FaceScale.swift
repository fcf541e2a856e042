// SPDX-License-Identifier: Apache-2.0

/// Maps an embedding network's cosines to the scores clients know, on which 0.67 is where the same person begins.
///
/// The original's score is (cosine + 1) ∕ 2, so that 0.67 is a cosine of 0.34. Other networks have their border elsewhere:
/// their manifest says where (`thresholds.confidence`), and two straight lines bend the scale so that it has the score 0.67
/// there, -1 stays 0 and 1 stays 1.
public struct FaceScale: Sendable, Hashable {
    /// The documented default of `min_confidence`.
    public static let documentedThreshold: Float = 0.67
    /// Where the original's scale has it.
    public static let originalCosine: Float = 0.34

    private let border: Float

    /// - Parameter cosineAtThreshold: the network's own border between the same and another person; 0 when it says nothing.
    public init(cosineAtThreshold: Float = 0) {
        border = cosineAtThreshold > 0 && cosineAtThreshold < 1 ? cosineAtThreshold : Self.originalCosine
    }

    /// 0...1.
    public func score(cosine: Float) -> Float {
        let cosine = min(1, max(-1, cosine))
        if cosine <= border { return Self.documentedThreshold * (cosine + 1) / (border + 1) }
        return Self.documentedThreshold + (1 - Self.documentedThreshold) * (cosine - border) / (1 - border)
    }
}
