// SPDX-License-Identifier: Apache-2.0

/// What the server may ask about the box when something is wrong with it.
public protocol SupportService: Sendable {
    /// What `depthd doctor` says of this machine, as JSON.
    func findings() async throws(SupportRefusal) -> [UInt8]
    /// Everything somebody needs who is to help, in one file without secrets.
    func bundle() async throws(SupportRefusal) -> SupportFile
}

/// A file for whoever helps.
public struct SupportFile: Sendable {
    /// `depthd-support-box-20261122T093000Z.tar.gz`; nothing in it needs quoting.
    public var name: String
    public var bytes: [UInt8]
    /// Lives as long as the bytes do: while it does no other file is made.
    public var lease: any AnyObject & Sendable

    public init(name: String, bytes: [UInt8], lease: any AnyObject & Sendable) {
        self.name = name
        self.bytes = bytes
        self.lease = lease
    }
}

/// Why there is no such file now.
public enum SupportRefusal: Error, Sendable, CustomStringConvertible {
    /// One is being made or fetched.
    case busy
    /// It took too long, or could not be made.
    case failed(String)

    public var description: String {
        switch self {
        case .busy: "another support bundle or diagnosis is being created or fetched; try again in a few seconds"
        case .failed(let why): why
        }
    }
}
