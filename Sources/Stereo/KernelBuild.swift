// SPDX-License-Identifier: Apache-2.0
import CKernels

/// Which build of the vector kernels runs. All give the same bytes.
package enum KernelBuild: Sendable, CaseIterable {
    /// SSE2 or NEON: runs everywhere.
    case vector128
    /// x86-64 processors since about 2013.
    case avx2

    /// The fastest build for this processor.
    package static let best: KernelBuild = dk_stereo_best_build() == DK_STEREO_AVX2 ? .avx2 : .vector128

    /// The builds this processor can run.
    package static var runnable: [KernelBuild] { best == .avx2 ? allCases : [.vector128] }

    var kernel: dk_stereo_build { self == .avx2 ? DK_STEREO_AVX2 : DK_STEREO_VECTOR128 }
}
