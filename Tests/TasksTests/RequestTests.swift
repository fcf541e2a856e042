// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Tasks
import Testing

@Suite struct RequestTests {
    @Test func theFirstValueOfANameWins() throws {
        let values = TaskValues([(name: "min_confidence", value: "0.3"), (name: "min_confidence", value: "0.9")])
        #expect(try values.fraction("min_confidence", default: 0.4) == 0.3)
        #expect(try values.fraction("other", default: 0.4) == 0.4)
    }

    @Test(arguments: ["abc", "", "nan", "inf", "0,4", "1.5", "-0.1"])
    func whatIsNoFractionIsRefusedByName(text: String) {
        let values = TaskValues([(name: "min_confidence", value: text)])
        #expect { try values.fraction("min_confidence", default: 0.4) } throws: { "\($0)".hasPrefix("min_confidence must be") }
    }

    @Test func flagsAreReadAsTheOriginalDoes() {
        for text in ["y", "YES", "t", "True", "on", "1", " true "] { #expect(TaskValues([(name: "a", value: text)]).flag("a")) }
        for text in ["no", "0", "", "2"] { #expect(!TaskValues([(name: "a", value: text)]).flag("a", default: true)) }
        #expect(TaskValues().flag("a", default: true))
    }

    @Test func documentsKeepTheirOrderAndTheirKindsOfNumbers() throws {
        let object: JSONObject = [
            "z": .int(1), "a": .number(Float(0.1)), "one": .number(1.0), "text": .string("ä\"\\\n\u{1}/🙂"),
            "none": .number(Double.nan),
            "list": .array([.bool(true), .null]), "nested": .object(["k": .int(-5)]),
        ]
        let text = String(decoding: object.bytes, as: UTF8.self)
        #expect(
            text
                == #"{"z":1,"a":0.1,"one":1.0,"text":"ä\"\\\n\u0001/🙂","none":null,"list":[true,null],"nested":{"k":-5}}"#)
        let read = try #require(try JSONSerialization.jsonObject(with: Data(object.bytes)) as? [String: Any])
        #expect(read["text"] as? String == "ä\"\\\n\u{1}/🙂")
    }

    @Test func aFieldKeepsItsPlaceWhenItChanges() {
        var object: JSONObject = ["a": .int(1), "b": .int(2)]
        object["a"] = .int(3)
        object["c"] = .int(4)
        object["b"] = nil
        object.append(["a": .int(9), "d": .int(5)])
        #expect(String(decoding: object.bytes, as: UTF8.self) == #"{"a":3,"c":4,"d":5}"#)
    }

    @Test func everyRouteOfTheOriginalHasAJob() throws {
        let table = try Bench.table(FixedModels())
        let routes = [
            "vision/detection": "detect", "Vision/Detection/": "detect", "vision/custom/list": "list-custom",
            "vision/custom/ipcam-general": "custom", "vision/face": "detect", "vision/face/recognize": "recognize",
            "vision/face/match": "match", "vision/alpr": "alpr", "image/alpr": "alpr", "image/superresolution": "superresolution",
            "text/sentiment": "sentiment", "train/train_model": "train_model", "vision/detectionX": "detect",
        ]
        for (route, command) in routes { #expect(table.find(route)?.job.command == command, "\(route)") }
        #expect(try #require(table.find("/VISION/custom/My-Model/")).segments == ["My-Model"])
        for route in ["vision/nothing", "", "v", "vision"] { #expect(table.find(route)?.job.command == nil, "\(route)") }
        #expect(table.routes.count == Set(table.routes).count)
    }
}
