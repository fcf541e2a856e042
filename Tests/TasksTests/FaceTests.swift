// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Tasks
import TestSupport
import Testing

@Suite("Faces on photographs", .enabled(if: Bench.isRequired))
struct FaceTests {
    @Test func facesAreFoundWithWholeBoxes() throws {
        let answer = try Bench.ask(Bench.table(), "vision/face", files: [Bench.photograph("face_gyy1.jpg")])
        #expect(answer.text("message") == "Found 1 face" && answer["count"] == .int(1))
        let row = try #require(answer.rows("predictions").first)
        #expect(row["label"] == nil && (row.number("x_max") ?? 0) > (row.number("x_min") ?? 0))
        let none = try Bench.ask(Bench.table(), "vision/face", files: [Bench.photograph("scene_beach.jpg")])
        #expect(none["success"] == .bool(true) && none["count"] == .int(0))
    }

    @Test func theSamePersonIsAboveTheThresholdAndOthersAreBelow() throws {
        let table = try Bench.table()
        func similarity(_ first: String, _ second: String) throws -> Double {
            let answer = try Bench.ask(table, "vision/face/match", files: [Bench.photograph(first), Bench.photograph(second)])
            return try #require(answer.number("similarity"))
        }
        let same = try similarity("face_gyy1.jpg", "face_gyy2.jpg")
        print("same person: \(same)")
        #expect(same > 0.67 && same < 1)
        #expect(try similarity("face_gyy1.jpg", "face_person.jpg") < 0.67)
        #expect(try similarity("face_gyy2.jpg", "face_person.jpg") < 0.67)
        #expect(try similarity("face_gyy1.jpg", "face_gyy1.jpg") > 0.999)
    }

    @Test func aRegisteredPersonIsRecognisedAndAStrangerIsUnknown() throws {
        let table = try Bench.table()
        let added = try Bench.ask(
            table, "vision/face/register", [("userid", "Gyy")], files: [Bench.photograph("face_gyy1.jpg")])
        #expect(added.text("message") == "face added")
        let known = try Bench.ask(table, "vision/face/recognize", files: [Bench.photograph("face_gyy2.jpg")])
        #expect(known.text("message") == "A face was recognised")
        let row = try #require(known.rows("predictions").first)
        #expect(row.text("userid") == "Gyy" && (row.number("confidence") ?? 0) >= 0.67)
        #expect(row.fields.map(\.name) == ["confidence", "userid", "x_min", "y_min", "x_max", "y_max"])
        let stranger = try Bench.ask(table, "vision/face/recognize", files: [Bench.photograph("face_person.jpg")])
        #expect(stranger["success"] == .bool(true) && stranger.text("message") == "No known faces")
        let unknown = try #require(stranger.rows("predictions").first)
        #expect(unknown.text("userid") == "unknown" && unknown.number("confidence") == 0)
        let again = try Bench.ask(
            table, "vision/face/register", [("userid", "Gyy")],
            files: [Bench.photograph("scene_beach.jpg"), Bench.photograph("face_gyy2.jpg"), Bench.photograph("face_gyy1.jpg")])
        #expect(again.text("message") == "face updated", "pictures without a face are passed over")
        #expect(try Bench.ask(table, "vision/face/list")["faces"] == .array([.string("Gyy")]))
        #expect(try Bench.ask(table, "vision/face/delete", [("userid", "Gyy")])["success"] == .bool(true))
        #expect(try Bench.ask(table, "vision/face/delete", [("userid", "Gyy")])["success"] == .bool(true))
        #expect(try Bench.ask(table, "vision/face/list")["faces"] == .array([]))
    }

    @Test func aPictureWithoutAFaceGetsTheWordsClientsKnow() throws {
        let table = try Bench.table()
        let beach = [try Bench.photograph("scene_beach.jpg")]
        #expect { try Bench.ask(table, "vision/face/recognize", files: beach) } throws: { "\($0)" == "No face found in image" }
        #expect { try Bench.ask(table, "vision/face/register", [("userid", "a")], files: beach) } throws: {
            "\($0)" == "No face detected"
        }
        #expect { try Bench.ask(table, "vision/face/match", files: beach + beach) } throws: {
            "\($0)" == "No face found in one or both images"
        }
        #expect { try Bench.ask(table, "vision/face/match", files: beach) } throws: { ($0 as? TaskError) != nil }
        #expect { try Bench.ask(table, "vision/face/register", files: beach) } throws: { "\($0)".contains("userid is missing") }
    }

    /// Every face of the group photographs against every other: false acceptances at the documented threshold.
    @Test func strangersAreKeptApart() throws {
        let table = try Bench.table()
        for name in ["zidane.jpg", "face_person.jpg", "face_gyy1.jpg"] {
            _ = try Bench.ask(table, "vision/face/register", [("userid", name)], files: [Bench.photograph(name)])
        }
        var (faces, accepted) = (0, 0)
        for name in ["ulf_10.jpg", "ulf_19.jpg", "ulf_20.jpg", "ulf_23.jpg", "ulf_24.jpg", "ulf_8.jpg", "ulf_9.jpg", "bus.jpg"] {
            let answer = try? Bench.ask(table, "vision/face/recognize", files: [Bench.photograph(name)])
            for row in answer?.rows("predictions") ?? [] {
                faces += 1
                if row.text("userid") != "unknown" {
                    accepted += 1
                    let height = (row.number("y_max") ?? 0) - (row.number("y_min") ?? 0)
                    print("taken for \(row.text("userid") ?? ""): \(row.number("confidence") ?? 0), \(height) pixels high")
                }
            }
        }
        print("faces of strangers: \(faces), taken for a known one: \(accepted)")
        #expect(faces >= 20 && accepted * 20 <= faces)
    }
}

@Suite struct FaceArithmeticTests {
    @Test func theScaleIsTheOriginalsAndBendsAtAModelsOwnBorder() {
        let original = FaceScale()
        for cosine in stride(from: Float(-1), through: 1, by: 0.125) {
            #expect(abs(original.score(cosine: cosine) - (cosine + 1) / 2) < 1e-6)
        }
        let bent = FaceScale(cosineAtThreshold: 0.5)
        #expect(
            abs(bent.score(cosine: 0.5) - 0.67) < 1e-6 && bent.score(cosine: -1) == 0 && abs(bent.score(cosine: 1) - 1) < 1e-6)
        #expect(bent.score(cosine: 0.6) > bent.score(cosine: 0.4))
    }

    @Test func theAlignmentIsTheLeastSquaresOne() throws {
        struct Case: Decodable {
            var points: [[Double]]
            var matrix: [Double]
        }
        for example in try Bench.golden("similarity", as: [Case].self) {
            let found = try #require(FaceAligner.similarity(example.points.map { SIMD2($0[0], $0[1]) }))
            for (own, other) in zip([found.a, found.b, found.c, found.d, found.e, found.f], example.matrix) {
                #expect(abs(own - other) < 1e-6 * max(1, abs(other)))
            }
        }
        #expect(FaceAligner.similarity(Array(repeating: SIMD2(3, 4), count: 5)) == nil)
    }

    @Test(.enabled(if: Bench.isRequired))
    func aRegisteredFaceIsThereAfterARestart() throws {
        let file = PlainFile()
        defer { try? FileManager.default.removeItem(atPath: file.path) }
        let first = try Bench.table(Bench.cache, FaceStore(file: file))
        _ = try Bench.ask(first, "vision/face/register", [("userid", "G")], files: [Bench.photograph("face_gyy1.jpg")])
        let second = try Bench.table(Bench.cache, FaceStore(file: file))
        let answer = try Bench.ask(second, "vision/face/recognize", files: [Bench.photograph("face_gyy2.jpg")])
        #expect(answer.rows("predictions").first?.text("userid") == "G")
    }
}
