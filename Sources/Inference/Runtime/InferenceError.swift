// SPDX-License-Identifier: Apache-2.0

/// Why a network could not be loaded or run. Each text names what is wrong and what to do about it.
public enum InferenceError: Error, CustomStringConvertible, Hashable {
    /// No ONNX Runtime library was found; `tried` lists the places.
    case runtimeMissing(tried: [String])
    /// The library that was asked for does not open, or is too old.
    case runtimeUnusable(path: String, reason: String)
    /// ONNX Runtime refused the model or failed on it.
    case model(name: String, reason: String)
    /// The file is not a blob, or is damaged.
    case brokenBlob(name: String, reason: String)
    /// Stages of a blob that cannot run here; at least one.
    case blob(name: String, refusals: [BlobRefusal])
    /// A tensor of the model has another shape or type than its family needs.
    case shape(model: String, tensor: String, expected: String, found: String)
    /// A field of a manifest is missing, unknown or out of range.
    case manifest(source: String, field: String, reason: String)
    /// A field of a gen1 blob configuration is missing or out of range.
    case blobConfiguration(source: String, field: String, reason: String)
    /// The model has no manifest and its inputs and outputs belong to no family known here.
    case unrecognised(model: String, signature: String)
    /// A file cannot be read.
    case unreadable(path: String, reason: String)
    /// The picture has a pixel format or size that networks cannot use.
    case picture(reason: String)

    public var description: String {
        switch self {
        case .runtimeMissing(let tried):
            "ONNX Runtime was not found (tried \(tried.joined(separator: ", "))): run make setup, "
                + "or apt install libonnxruntime1.21"
        case .runtimeUnusable(let path, let reason):
            "ONNX Runtime at \(path) cannot be used: \(reason); run make setup, or apt install libonnxruntime1.21"
        case .model(let name, let reason): "model \(name): \(reason)"
        case .brokenBlob(let name, let reason): "blob \(name): \(reason)"
        case .blob(let name, let refusals):
            "blob \(name): \(refusals.prefix(3).map(\.description).joined(separator: "; "))"
                + (refusals.count > 3 ? " and \(refusals.count - 3) more" : "")
                + "; use the network as ONNX, or one without them (depthd blob inspect lists what runs)"
        case .shape(let model, let tensor, let expected, let found):
            "model \(model): tensor \"\(tensor)\" should be \(expected), but is \(found); "
                + "check the family and input size in its manifest"
        case .manifest(let source, let field, let reason): "manifest \(source): \(field): \(reason)"
        case .blobConfiguration(let source, let field, let reason): "blob configuration \(source): \(field): \(reason)"
        case .unrecognised(let model, let signature):
            "model \(model) does not match any known family (\(signature)): give it a manifest that names its family"
        case .unreadable(let path, let reason): "\(path): \(reason)"
        case .picture(let reason): "picture: \(reason)"
        }
    }
}
