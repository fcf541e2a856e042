// SPDX-License-Identifier: Apache-2.0
import Foundation

/// `tan` without making every file of the vocabulary import Foundation.
func tangent(_ radians: Double) -> Double { tan(radians) }
