// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// What `openapi.json` says about answers, for tests that hold the server to it.
public struct APIDescription: Sendable {
    private let paths: [String: JSONDocument]
    private let schema: JSONSchema

    /// An answer that was received.
    public struct Answer: Sendable {
        var method: String
        var path: String
        var status: Int
        var contentType: String
        var body: Data?

        /// - Parameters:
        ///   - path: with or without a query.
        ///   - body: nil when it was not looked at: it never ends, or went to a file.
        public init(method: String, path: String, status: Int, contentType: String, body: Data?) {
            (self.method, self.path, self.status) = (method, path, status)
            (self.contentType, self.body) = (contentType, body)
        }
    }

    public init(_ openAPI: Data) throws {
        let root = try JSONDocument(openAPI)
        paths = root["paths"]?.object ?? [:]
        schema = JSONSchema(root: root)
    }

    /// The checkout's own.
    public static let ofCheckout = Result {
        let file = SharedData.checkout.appendingPathComponent("Sources/API/Resources/openapi.json")
        return try APIDescription(Data(contentsOf: file))
    }

    /// What an answer is that it should not be. What is not described may only be refused.
    public func problems(_ answer: Answer) -> [String] {
        let name = "\(answer.method) \(answer.path) → \(answer.status)"
        let isHead = answer.method == "HEAD"
        // An answer that never ends has no head of its own.
        if isHead, answer.status == 405 { return [] }
        guard let operation = operation(isHead ? "GET" : answer.method, answer.path) else {
            return answer.status >= 400 || answer.method == "OPTIONS" ? [] : ["\(name): the route is not described"]
        }
        // One of the two servers does not have every route.
        if answer.status == 404, let body = answer.body, let error = try? JSONDocument(body)["error"]?["code"],
            error == .string("unknown_path")
        {
            return []
        }
        guard var response = operation["responses"]?["\(answer.status)"] else { return ["\(name) is not described"] }
        if let reference = response["$ref"]?.string { response = schema.resolve(reference) ?? .null }
        let content = response["content"]?.object ?? [:]
        let type = answer.contentType.split(separator: ";").first.map(String.init) ?? ""
        guard !content.isEmpty || !type.isEmpty else { return [] }
        guard let media = content[type] else { return ["\(name): its content type \"\(type)\" is not described"] }
        guard !isHead, let body = answer.body, type == "application/json" else { return [] }
        guard let wanted = media["schema"] else { return ["\(name): its body is not described"] }
        guard let value = try? JSONDocument(body) else { return ["\(name): its body is not JSON"] }
        return schema.problems(value, wanted).map { "\(name): \($0)" }
    }

    /// The described operation; a path with fewer parameters goes first.
    private func operation(_ method: String, _ path: String) -> JSONDocument? {
        let plain = String(path.prefix { $0 != "?" })
        let parts = plain.split(separator: "/")
        let segments = parts.compactMap { String($0).removingPercentEncoding }
        guard segments.count == parts.count else { return nil }
        let isCodeProject = segments.first?.lowercased() == "v1"
        if let found = operation(method, segments, ignoringCase: isCodeProject) { return found }
        // A task's route is whatever begins with it: the rest are its arguments.
        guard isCodeProject, method == "POST" else { return nil }
        let route = "/" + segments.joined(separator: "/").lowercased()
        return paths.filter { $0.value["post"] != nil && route.hasPrefix($0.key) }.max { $0.key.count < $1.key.count }?.value[
            "post"]
    }

    private func operation(_ method: String, _ segments: [String], ignoringCase: Bool) -> JSONDocument? {
        let fitting = paths.keys.filter { pattern in
            let parts = pattern.split(separator: "/")
            return parts.count == segments.count
                && zip(parts, segments).allSatisfy { part, segment in
                    part.hasPrefix("{") || part == segment || ignoringCase && part.lowercased() == segment.lowercased()
                }
        }
        return fitting.sorted { $0.count { $0 == "{" } < $1.count { $0 == "{" } }
            .compactMap { paths[$0]?[method.lowercased()] }.first
    }
}
