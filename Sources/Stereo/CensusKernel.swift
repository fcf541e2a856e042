// SPDX-License-Identifier: Apache-2.0
import CKernels

/// Which neighbours of a pixel describe it to the matcher (`docs/design/stereo.md` has the numbers).
public enum CensusKernel: String, Sendable, Hashable, CaseIterable {
    /// All 24 neighbours in 5×5 pixels: sharpest and, on clean pictures, best.
    case fiveByFive = "5x5"
    /// Every second neighbour in 7×7 pixels, 24 again: more at ease with noise and costs the same.
    case sevenBySeven = "7x7"
    /// 31 pairs of opposite pixels in 9×7: for noise, and together with the prefilter for cameras that are a pixel apart in
    /// height. Costs an eighth more time; edges are a little less sharp.
    case nineBySeven = "9x7"

    var window: dk_stereo_window {
        switch self {
        case .fiveByFive: DK_STEREO_5X5
        case .sevenBySeven: DK_STEREO_7X7
        case .nineBySeven: DK_STEREO_9X7
        }
    }
}
