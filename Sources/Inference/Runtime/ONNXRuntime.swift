// SPDX-License-Identifier: Apache-2.0
internal import COnnxRuntime
internal import Core
import Synchronization

/// ONNX Runtime, opened at run time, with its environment. Cheap to share; sessions keep it alive.
public final class ONNXRuntime: Sendable {
    /// The library's own version, e.g. "1.27.0".
    public let version: String
    /// The path or name the library was opened by.
    public let path: String
    let functions: ONNXFunctions
    private let isFirstSession = Mutex(true)

    private init(version: String, path: String, functions: ONNXFunctions) {
        self.version = version
        self.path = path
        self.functions = functions
    }

    /// Finds and opens the library.
    ///
    /// The order is: `path` (a file or folder; nothing else is tried then), `$DEPTHD_ONNXRUNTIME` (the same), the folder
    /// of the executable, `/usr/lib/depthd`, `libonnxruntime.so.1`, `libonnxruntime.so.1.21` and newer. API 21 (release
    /// 1.21) is asked for: 1.20 computes wrong border cells in some networks.
    public static func load(path: String?) throws(InferenceError) -> ONNXRuntime {
        try load(ONNXLibrarySearch(configuredPath: path))
    }

    package static func load(_ search: ONNXLibrarySearch) throws(InferenceError) -> ONNXRuntime {
        let candidates = search.candidates
        var unusable: InferenceError?
        for candidate in candidates {
            switch open(candidate) {
            case .success(let runtime): return runtime
            case .failure(let error):
                // A library that is there but cannot be used explains more than the ones that are not there.
                if unusable == nil, candidate.contains("/") { unusable = error }
            }
        }
        throw unusable ?? .runtimeMissing(tried: search.described)
    }

    private static func open(_ name: String) -> Result<ONNXRuntime, InferenceError> {
        // Opening comes on top of what starting up left.
        ProcessMemory.release()
        var version: UnsafePointer<CChar>?
        var reason = [CChar](repeating: 0, count: 1024)
        guard let api = dk_ort_open(name, &version, &reason, reason.count) else {
            let text = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            return .failure(.runtimeUnusable(path: name, reason: text))
        }
        do {
            let functions = try ONNXFunctions.of(api)
            let text = version.map { String(cString: $0) } ?? "unknown"
            return .success(ONNXRuntime(version: text, path: name, functions: functions))
        } catch {
            return .failure(error)
        }
    }

    /// Opens a model file. Its tensors may keep their numbers in files beside it, and in no other place.
    /// - Parameters:
    ///   - threads: for one run, at least 1.
    ///   - inputShapes: for inputs with free dimensions, the whole shape to use, by input name.
    public func engine(path: String, threads: Int, inputShapes: [String: [Int]] = [:]) throws(InferenceError) -> any Engine {
        try open(path: path, threads: threads).engine(inputShapes: inputShapes)
    }

    /// Opens a model that is already in memory, all of it: a tensor that names a file is refused. `name` stands in error
    /// texts. Otherwise like `engine(path:threads:)`.
    public func engine(model: [UInt8], name: String, threads: Int, inputShapes: [String: [Int]] = [:])
        throws(InferenceError) -> any Engine
    {
        try open(model: model, name: name, threads: threads).engine(inputShapes: inputShapes)
    }

    func open(path: String, threads: Int) throws(InferenceError) -> ONNXSession {
        try ONNXModelScan.requireFilesBeside(path)
        return try load { () throws(InferenceError) in
            try ONNXSession(runtime: self, name: path, threads: threads) { [functions] options, session in
                functions.api.pointee.CreateSession(functions.environment, path, options, &session)
            }
        }
    }

    func open(model: [UInt8], name: String, threads: Int) throws(InferenceError) -> ONNXSession {
        try ONNXModelScan.requireSelfContained(model, name: name)
        return try load { () throws(InferenceError) in
            try ONNXSession(runtime: self, name: name, threads: threads) { [functions] options, session in
                functions.api.pointee.CreateSessionFromArray(
                    functions.environment, model, model.count, options, &session)
            }
        }
    }

    /// Opens a model of our own making whose large constants lie beside it in memory; it names them and no file.
    func open(model: [UInt8], weights: ONNXWeights, name: String, threads: Int) throws(InferenceError) -> ONNXSession {
        try load { () throws(InferenceError) in
            try ONNXSession(runtime: self, name: name, threads: threads, weights: weights) { [functions] options, session in
                functions.api.pointee.CreateSessionFromArray(functions.environment, model, model.count, options, &session)
            }
        }
    }

    /// Making a session is a process's moment of most memory, and most code that ran until then, and in it, is not needed to
    /// compute.
    private func load(_ body: () throws(InferenceError) -> ONNXSession) throws(InferenceError) -> ONNXSession {
        ProcessMemory.release()
        defer { ProcessMemory.release() }
        return try quietly(body)
    }

    /// Debian's builds (1.21 to 1.23) fill standard error with schema warnings while they make their first session.
    private func quietly(_ body: () throws(InferenceError) -> ONNXSession) throws(InferenceError) -> ONNXSession {
        let minor = version.split(separator: ".").dropFirst().first.flatMap { Int($0) } ?? 0
        guard minor < 24 else { return try body() }
        return try isFirstSession.withLock { (first: inout Bool) throws(InferenceError) -> ONNXSession in
            guard first else { return try body() }
            first = false
            var saved: Int32 = -1
            let token = dk_ort_hush(&saved)
            defer { dk_ort_unhush(token, saved) }
            return try body()
        }
    }
}
