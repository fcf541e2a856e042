// SPDX-License-Identifier: Apache-2.0

/// A file that outlives the process, whose disk may be damaged, full or read-only at any time.
///
/// A change is in force whether or not it can be written: what cannot be written now is tried again later, and whoever
/// implements this tells the owner until it succeeds.
public protocol PersistentFile: Sendable {
    /// For libraries that open files themselves.
    var path: String { get }
    /// Neither written nor read beyond this size.
    var maximumBytes: Int { get }
    /// The content, or what waits to be written; nil when there is none, or none that can be read: such a file is set aside.
    func bytes() -> [UInt8]?
    /// Replaces the whole content, now or as soon as the disk allows.
    /// - Throws: `tooLarge` only; then nothing has changed.
    func keep(_ bytes: [UInt8]) throws(PersistenceFailure)
    /// Runs an attempt to write now, and again until it succeeds.
    func keep(by attempt: @escaping @Sendable () throws(PersistenceFailure) -> Void)
    /// Moves a damaged file away under another name, so that the next content starts fresh, and tells the owner.
    func setAside(_ reason: String)
}

extension PersistentFile {
    /// The content, decoded. A file that cannot be decoded is set aside.
    public func read<Value>(_ decode: ([UInt8]) throws -> Value) -> Value? {
        guard let bytes = bytes() else { return nil }
        do {
            return try decode(bytes)
        } catch {
            setAside(bytes.isEmpty ? "it is empty" : "its content is damaged")
            return nil
        }
    }
}
