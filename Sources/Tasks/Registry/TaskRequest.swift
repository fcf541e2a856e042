// SPDX-License-Identifier: Apache-2.0
public import Core
internal import Foundation

/// A file of a request. Jobs take files by their place and never look at the field's name: clients use `image`, `upload`,
/// `image1`, `file` for the same thing.
public struct UploadedFile: Sendable, Hashable {
    /// The form field's name.
    public var name: String
    /// As the client says; may be empty.
    public var filename: String
    /// As the client says; may be empty.
    public var contentType: String
    public var bytes: [UInt8]

    public init(name: String = "", filename: String = "", contentType: String = "", bytes: [UInt8]) {
        self.name = name
        self.filename = filename
        self.contentType = contentType
        self.bytes = bytes
    }
}

/// One question to the Tasks target, whatever way it came in.
public struct TaskRequest: Sendable {
    /// What stands below `/v1/` in the path, e.g. `vision/custom/ipcam-general`; upper and lower case are the same.
    public var route: String
    public var values: TaskValues
    /// In the order they were sent.
    public var files: [UploadedFile]
    /// A camera's picture, for requests that name a camera of the box and bring no file.
    public var view: CameraView?
    /// Who asks, for fair sharing: an address without its port.
    public var client: String
    public var received: Timestamp
    /// When the answer is due; the scheduler answers "timed out" then.
    public var deadline: Timestamp
    /// A GUID; stands in the answer as `requestId`.
    public var id: String

    /// The original's own limit.
    public static let defaultPatienceNanoseconds: Int64 = 30_000_000_000

    /// - Parameter deadline: nil for 30 s after `received`.
    public init(
        route: String, values: TaskValues = TaskValues(), files: [UploadedFile] = [], client: String = "",
        received: Timestamp = .now(), deadline: Timestamp? = nil, id: String? = nil
    ) {
        self.route = route
        self.values = values
        self.files = files
        self.client = client
        self.received = received
        self.deadline = deadline ?? received.advanced(byNanoseconds: Self.defaultPatienceNanoseconds)
        self.id = id ?? UUID().uuidString.lowercased()
    }
}
