// SPDX-License-Identifier: Apache-2.0
public import Pipeline

/// Something that sends results out of the box, such as the UDP server: everything the daemon needs to start, stop, watch
/// and show it. It reads the cameras' hubs as any subscriber does.
///
/// What depends on this machine alone (a port, a file) belongs in `open`, so that settings that cannot work stop the daemon
/// at its start. What depends on others, such as a broker that may be away, belongs in `run`.
public protocol ResultPublisher: Sendable {
    /// Its section of the settings and its name in the status; unique.
    var name: String { get }

    /// Opens ports and files. Called once, before `run`.
    /// - Throws: what the owner has to change, naming the setting; the daemon ends with it.
    func open() async throws

    /// Publishes until its task is cancelled, then tells its receivers and closes what `open` opened. Called again after it
    /// has thrown. Returning means that there is nothing left to publish.
    /// - Throws: why it cannot go on for now.
    func run() async throws

    /// Its status at this moment. Called from any thread; never blocks.
    func status() -> PublisherStatus

    /// Runs a closure on the publisher's own thread, so that the watchdog notices one that hangs; at once where it has none.
    func errand(_ body: @escaping @Sendable () -> Void)
}

extension ResultPublisher {
    /// A publisher with nothing to open.
    public func open() async throws {}
    /// A publisher without a thread of its own.
    public func errand(_ body: @escaping @Sendable () -> Void) { body() }
}
