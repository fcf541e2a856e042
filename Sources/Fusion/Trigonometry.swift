// SPDX-License-Identifier: Apache-2.0
import Foundation

/// tan(angle / 2) of an angle in degrees, without making other files of the room import Foundation.
func halfAngleTangent(_ degrees: Double) -> Double { tan(degrees * .pi / 360) }

/// Sine and cosine of an angle in radians.
func sineAndCosine(_ radians: Double) -> (sine: Double, cosine: Double) { (sin(radians), cos(radians)) }
