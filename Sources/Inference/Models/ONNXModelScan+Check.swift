// SPDX-License-Identifier: Apache-2.0
internal import Foundation

extension ONNXModelScan {
    /// Refuses a model given as bytes that is not all there is of it.
    /// - Parameter name: of the model, for the error.
    static func requireSelfContained(_ bytes: [UInt8], name: String) throws(InferenceError) {
        let scan: ONNXModelScan
        do { scan = try ONNXModelScan(bytes) } catch { throw .model(name: name, reason: "\(error)") }
        if let problem = scan.compiledProblem ?? scan.externalProblem { throw .model(name: name, reason: problem) }
    }

    /// Checks a model file: its tensors may keep their numbers in files beside it only.
    static func requireFilesBeside(_ path: String) throws(InferenceError) {
        let scan: ONNXModelScan
        do { scan = try ONNXModelScan(file: path) } catch { throw .model(name: path, reason: "\(error)") }
        if let problem = scan.compiledProblem ?? scan.misplacedProblem { throw .model(name: path, reason: problem) }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        for location in scan.locations.sorted() {
            var status = stat()
            guard lstat("\(folder)/\(location)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                throw .model(
                    name: path,
                    reason: "its weights are in \"\(location)\", which is no file beside it (links are not followed): "
                        + "put the file there, or store the weights in the model file")
            }
        }
    }

    /// What is wrong with a model that must hold all its numbers itself; nil for one that does.
    package var externalProblem: String? {
        guard let externalTensor else { return nil }
        let places = locations.sorted().prefix(3).map { "\"\(Self.shown($0))\"" }.joined(separator: ", ")
        return "tensor \"\(Self.shown(externalTensor))\" keeps its numbers in another file (\(places)): store the weights in the "
            + "model file, e.g. onnx.save_model(model, path) without external data"
    }

    /// What is wrong with where a model keeps its numbers; nil where each place is a plain file name.
    package var misplacedProblem: String? {
        guard let place = locations.sorted().first(where: { !Self.isFileName($0) }) else { return nil }
        return "tensors keep their numbers in \"\(Self.shown(place))\", which is no plain file name: store the weights in the "
            + "model file, or in a file beside it"
    }

    /// What is wrong with a model that stands for another, compiled one; nil for a network.
    package var compiledProblem: String? {
        contextNode.map {
            "node \"\(Self.shown($0))\" (EPContext) stands for a network compiled for an accelerator: give the network itself"
        }
    }

    /// Whether a name stays in its folder whatever reads it.
    package static func isFileName(_ name: String) -> Bool {
        (1...255).contains(name.utf8.count) && name != "." && name != ".."
            && name.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 && $0 != "/" && $0 != "\\" }
    }

    /// Text of a stranger's model in a message.
    private static func shown(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(64).map { $0.value >= 32 && $0.value != 127 ? $0 : "?" }))
    }
}
