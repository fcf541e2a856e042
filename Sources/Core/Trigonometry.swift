// SPDX-License-Identifier: Apache-2.0
import Foundation

// What needs the C library, without making its users import Foundation.
package func tangent(_ radians: Double) -> Double { tan(radians) }
package func arcTangent(_ ratio: Double) -> Double { atan(ratio) }

/// tan(angle / 2) of an angle in degrees.
package func halfAngleTangent(_ degrees: Double) -> Double { tan(degrees * .pi / 360) }

/// Sine and cosine of an angle in radians.
package func sineAndCosine(_ radians: Double) -> (sine: Double, cosine: Double) { (sin(radians), cos(radians)) }
