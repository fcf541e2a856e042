// SPDX-License-Identifier: Apache-2.0
import CKernels

/// Which build of the vector kernels runs. All give the same bytes.
public enum KernelBuild: String, Sendable, CaseIterable {
    /// Plain C: runs everywhere.
    case plain
    /// 128-bit vectors, x86-64 processors since about 2008.
    case sse4
    /// 256-bit vectors, x86-64 processors since about 2013.
    case avx2
    /// 128-bit vectors, every arm64 processor.
    case neon

    /// The fastest build for this processor.
    public static let best: KernelBuild =
        switch dk_stereo_best_build() {
        case DK_STEREO_AVX2: .avx2
        case DK_STEREO_SSE4: .sse4
        case DK_STEREO_NEON: .neon
        default: .plain
        }

    /// The builds this processor can run.
    public static var runnable: [KernelBuild] {
        switch best {
        case .avx2: [.plain, .sse4, .avx2]
        case .sse4: [.plain, .sse4]
        case .neon: [.plain, .neon]
        case .plain: [.plain]
        }
    }

    var kernel: dk_stereo_build {
        switch self {
        case .plain: DK_STEREO_PLAIN
        case .sse4: DK_STEREO_SSE4
        case .avx2: DK_STEREO_AVX2
        case .neon: DK_STEREO_NEON
        }
    }
}
