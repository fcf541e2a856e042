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
        var body: Data

        /// - Parameter path: with or without a query.
        public init(method: String, path: String, status: Int, contentType: String, body: Data) {
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
    public static func ofCheckout() throws -> APIDescription {
        let file = SharedData.checkout.appendingPathComponent("Sources/API/Resources/openapi.json")
        return try APIDescription(Data(contentsOf: file))
    }

    /// What an answer is that it should not be. Routes that are not described, and methods they do not have, are free.
    public func problems(_ answer: Answer) -> [String] {
        guard let operation = operation(answer.method, answer.path) else { return [] }
        let name = "\(answer.method) \(answer.path) → \(answer.status)"
        guard var response = operation["responses"]?["\(answer.status)"] else { return ["\(name) is not described"] }
        if let reference = response["$ref"]?.string { response = schema.resolve(reference) ?? .null }
        let type = answer.contentType.split(separator: ";").first.map(String.init) ?? ""
        let content = response["content"]?.object ?? [:]
        guard !answer.body.isEmpty else { return [] }
        guard let media = content[type] else { return ["\(name): its content type \"\(type)\" is not described"] }
        guard type == "application/json", let wanted = media["schema"] else { return [] }
        guard let value = try? JSONDocument(answer.body) else { return ["\(name): its body is no JSON"] }
        return schema.problems(value, wanted).map { "\(name): \($0)" }
    }

    /// The described operation; a path with fewer parameters goes first.
    private func operation(_ method: String, _ path: String) -> JSONDocument? {
        let plain = path.prefix { $0 != "?" }
        let segments = plain.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
        // CodeProject.AI's routes do not tell upper from lower case.
        let ignoresCase = segments.first?.lowercased() == "v1"
        let fitting = paths.keys.filter { pattern in
            let parts = pattern.split(separator: "/")
            return parts.count == segments.count
                && zip(parts, segments).allSatisfy { part, segment in
                    part.hasPrefix("{") || part == segment || ignoresCase && part.lowercased() == segment.lowercased()
                }
        }
        let operations = fitting.sorted { $0.count { $0 == "{" } < $1.count { $0 == "{" } }
            .compactMap { paths[$0]?[method.lowercased()] }
        return operations.first
    }
}
