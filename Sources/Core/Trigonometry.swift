// SPDX-License-Identifier: Apache-2.0
import Foundation

// The two functions of the vocabulary that need the C library.
func tangent(_ radians: Double) -> Double { tan(radians) }
func arcTangent(_ ratio: Double) -> Double { atan(ratio) }
