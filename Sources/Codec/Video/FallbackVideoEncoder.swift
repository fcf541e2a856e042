// SPDX-License-Identifier: Apache-2.0
public import Core

/// An encoder that another takes the place of, for good, when it fails.
///
/// Not `Sendable`: one for each thread.
public final class FallbackVideoEncoder: VideoEncoder {
    private var current: any VideoEncoder
    private var makeOther: (() throws(CodecError) -> any VideoEncoder)?

    /// - Parameter other: makes the other encoder when it is needed.
    public init(_ first: any VideoEncoder, other: @escaping () throws(CodecError) -> any VideoEncoder) {
        current = first
        makeOther = other
    }

    public func encode(_ frame: Frame, isKey: Bool) throws(CodecError) -> VideoUnits? {
        do {
            return try current.encode(frame, isKey: isKey)
        } catch {
            guard let makeOther else { throw error }
            current = try makeOther()
            self.makeOther = nil
            // The stream begins anew.
            return try current.encode(frame, isKey: true)
        }
    }
}
