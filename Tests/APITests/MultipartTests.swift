// SPDX-License-Identifier: Apache-2.0
import API
import NIOCore
import TestSupport
import Testing

/// A form as curl, browsers and Python's requests send it, cut into pieces in every way a network can.
struct MultipartTests {
    static let contentType = "multipart/form-data; boundary=AaB03x"
    static let body = Array(
        ("--AaB03x\r\nContent-Disposition: form-data; name=\"min_confidence\"\r\n\r\n0.4\r\n"
            + "--AaB03x\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
            + "--AaB03x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a \\\"b\\\".jpg\"\r\n"
            + "Content-Type: image/jpeg\r\n\r\n\r\n--AaB03\r\n\r--AaB03y\n\r\n--AaB03x--\r\nepilogue").utf8)
    /// What lies between the file's headers and its boundary: all the ways to look like a boundary without being one.
    static let fileContent = Array("\r\n--AaB03\r\n\r--AaB03y\n".utf8)

    private func form(_ pieces: [some Collection<UInt8>], limits: MultipartLimits = MultipartLimits()) throws -> MultipartForm {
        var form = try MultipartForm(contentType: Self.contentType, limits: limits)
        for piece in pieces { try form.consume(ByteBuffer(bytes: piece)) }
        try form.finish()
        return form
    }

    private func expectTheForm(_ form: MultipartForm) {
        #expect(form.fields.map(\.name) == ["min_confidence", "empty"])
        #expect(form.fields.map(\.value) == ["0.4", ""])
        #expect(form.files.map(\.bytes) == [Self.fileContent])
        #expect(form.files.first?.part == MultipartPart(name: "image", filename: "a \"b\".jpg", contentType: "image/jpeg"))
    }

    @Test func aFormIsTakenApart() throws {
        expectTheForm(try form([Self.body]))
    }

    @Test func everySplitIntoTwoPiecesGivesTheSameForm() throws {
        for cut in 0...Self.body.count { expectTheForm(try form([Self.body[..<cut], Self.body[cut...]])) }
    }

    @Test func everySplitIntoThreePiecesNearTheSecondGivesTheSameForm() throws {
        for cut in 0...Self.body.count {
            for length in 1...min(9, max(1, Self.body.count - cut)) where cut + length <= Self.body.count {
                expectTheForm(try form([Self.body[..<cut], Self.body[cut..<(cut + length)], Self.body[(cut + length)...]]))
            }
        }
    }

    @Test func singleBytesGiveTheSameForm() throws {
        expectTheForm(try form(Self.body.map { [$0] }))
    }

    @Test func everyTruncationIsRefused() throws {
        let end = Self.body.count - "\r\nepilogue".utf8.count
        for length in 0..<end {
            #expect(throws: MultipartError.self) { try form([Self.body[..<length]]) }
        }
    }

    /// Random forms with contents that resemble boundaries, in random pieces: what comes out is what went in.
    @Test func randomFormsSurviveRandomPieces() throws {
        var random = SeededRandom(8)
        for _ in 0..<300 {
            let contents = (0..<Int.random(in: 0...6, using: &random)).map { _ in hostileContent(&random) }
            var body: [UInt8] = Bool.random(using: &random) ? Array("preamble\r\n".utf8) : []
            for (index, content) in contents.enumerated() {
                body += Array("--AaB03x\r\nContent-Disposition: form-data; name=\"f\(index)\"; filename=\"x\"\r\n\r\n".utf8)
                body += content + Array("\r\n".utf8)
            }
            body += Array("--AaB03x--\r\n".utf8)
            var pieces: [ArraySlice<UInt8>] = []
            var rest = body[...]
            while !rest.isEmpty {
                let length = Int.random(in: 1...40, using: &random)
                pieces.append(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            #expect(try form(pieces).files.map(\.bytes) == contents)
        }
    }

    /// Bytes that are no form at all, and forms with a few bytes changed: an error or a form, never a crash.
    @Test func damagedFormsNeverCrash() {
        var random = SeededRandom(21)
        for round in 0..<4000 {
            var body = round.isMultiple(of: 4) ? hostileContent(&random) : Self.body
            for _ in 0..<Int.random(in: 1...6, using: &random) where !body.isEmpty {
                body[Int.random(in: body.indices, using: &random)] =
                    [13, 10, 45, 34, 59, 0, 255, 65].randomElement(using: &random) ?? 0
            }
            let cut = Int.random(in: 0...body.count, using: &random)
            _ = try? form([body[..<cut], body[cut...]])
        }
    }

    private func hostileContent(_ random: inout SeededRandom) -> [UInt8] {
        let pieces = ["\r\n--AaB03", "\r\n--", "\r\n", "\r", "\n", "--AaB03x", "x", "\r\n--AaB0", "\u{0}", "\r\r\n-"]
        return (0..<Int.random(in: 0...12, using: &random)).flatMap { _ in
            Array((pieces.randomElement(using: &random) ?? "").utf8)
        }.withoutBoundary
    }

    @Test func moreThanTheLimitIsRefusedOnTheByteThatBreaksIt() throws {
        #expect(throws: MultipartError.tooLarge(what: "parts of the form", limit: 2)) {
            try form([Self.body], limits: MultipartLimits(parts: 2))
        }
        #expect(throws: MultipartError.tooLarge(what: "bytes of the whole body", limit: 100)) {
            try form([Self.body], limits: MultipartLimits(totalBytes: 100))
        }
        #expect(throws: MultipartError.tooLarge(what: "bytes of one part", limit: 20)) {
            try form([Self.body], limits: MultipartLimits(partBytes: 20))
        }
        #expect(throws: MultipartError.tooLarge(what: "bytes of a part's headers", limit: 40)) {
            try form([Self.body], limits: MultipartLimits(headerBytes: 40))
        }
        #expect(throws: MultipartError.tooLarge(what: "bytes of the field min_confidence", limit: 2)) {
            try form([Self.body], limits: MultipartLimits(fieldBytes: 2))
        }
    }

    /// Ten thousand fields, or a part that never ends: refused long before the end, with little kept.
    @Test func endlessFormsAreRefusedOnTheWay() throws {
        var fields = try MultipartForm(contentType: Self.contentType, limits: MultipartLimits(parts: 256))
        var fed = 0
        #expect(throws: MultipartError.tooLarge(what: "parts of the form", limit: 256)) {
            for index in 0..<10_000 {
                fed = index
                let text = "--AaB03x\r\nContent-Disposition: form-data; name=\"n\(index)\"\r\n\r\n1\r\n"
                try fields.consume(ByteBuffer(string: text))
            }
        }
        #expect(fed == 256)
        var headers = try MultipartForm(contentType: Self.contentType, limits: MultipartLimits(headerBytes: 8192))
        try headers.consume(ByteBuffer(string: "--AaB03x\r\n"))
        #expect(throws: MultipartError.tooLarge(what: "bytes of a part's headers", limit: 8192)) {
            for _ in 0..<1000 { try headers.consume(ByteBuffer(string: "X-Header: 0123456789\r\n")) }
        }
    }

    @Test(arguments: [
        ("multipart/form-data", "is missing"), ("multipart/form-data; boundary=\"\"", "must have 1 to 70 characters"),
        ("multipart/form-data; boundary=" + String(repeating: "x", count: 71), "must have 1 to 70 characters"),
        ("multipart/form-data; boundary=é", "may hold plain ASCII only"),
    ])
    func aBadBoundaryIsNamed(contentType: String, problem: String) {
        #expect(throws: MultipartError.boundary(problem)) {
            try MultipartForm(contentType: contentType, limits: MultipartLimits())
        }
    }

    @Test func quotedBoundariesAndUnquotedNamesAreRead() throws {
        var form = try MultipartForm(
            contentType: "Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b\"", limits: MultipartLimits())
        try form.consume(ByteBuffer(string: "--a b \r\ncontent-disposition:form-data;name=userid\r\n\r\nJo\u{308}rg\r\n--a b--"))
        try form.finish()
        #expect(form.fields.map(\.name) == ["userid"])
        #expect(form.fields.map(\.value) == ["Jo\u{308}rg"])
    }

    /// Node-RED and some cameras name no file; an empty file input of a browser names one without a name.
    @Test(arguments: [
        (MultipartPart(name: "image", contentType: "image/jpeg"), true), (MultipartPart(name: "a"), false),
        (MultipartPart(name: "a", contentType: "text/plain"), false), (MultipartPart(name: "a", filename: ""), false),
        (MultipartPart(name: "a", filename: "", contentType: "application/octet-stream"), true),
        (MultipartPart(name: "a", filename: "x"), true),
    ])
    func filesAreToldFromFields(part: MultipartPart, isFile: Bool) {
        #expect(part.isFile == isFile)
    }
}

extension [UInt8] {
    /// Random pieces may happen to make a true boundary.
    fileprivate var withoutBoundary: [UInt8] {
        let boundary = Array("--AaB03x".utf8)
        return firstRange(of: Array("\r\n".utf8) + boundary) == nil && !starts(with: boundary) ? self : []
    }
}
