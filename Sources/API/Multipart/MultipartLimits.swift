// SPDX-License-Identifier: Apache-2.0

/// What one multipart body may hold. A parser refuses on the byte that breaks a limit, not at the end.
package struct MultipartLimits: Sendable, Hashable {
    /// The whole body, boundaries and headers included, in bytes.
    package var totalBytes: Int
    /// The content of one part, in bytes.
    package var partBytes: Int
    /// Parts of any kind.
    package var parts: Int
    /// The header lines of one part together, in bytes.
    package var headerBytes: Int
    /// The content of one part that is no file, in bytes; only `MultipartForm` knows the difference.
    package var fieldBytes: Int

    package init(
        totalBytes: Int = 30_000_000, partBytes: Int = 30_000_000, parts: Int = 256, headerBytes: Int = 8192,
        fieldBytes: Int = 1 << 20
    ) {
        self.totalBytes = totalBytes
        self.partBytes = partBytes
        self.parts = parts
        self.headerBytes = headerBytes
        self.fieldBytes = fieldBytes
    }
}
