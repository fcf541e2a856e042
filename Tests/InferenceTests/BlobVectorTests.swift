// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import TestSupport
import Testing

@Suite("Blobs against golden outputs", .enabled(if: SharedData.isRequired && TestRuntime.isRequired))
struct BlobVectorTests {
    @Test("there are as many vectors as the manifest promises")
    func count() {
        #expect(BlobVector.all.count == 146)
    }

    @Test("a blob computes what the network it was compiled from computes", arguments: BlobVector.all)
    func agrees(vector: BlobVector) throws {
        let (description, blob) = (try vector.description(), try vector.blob())
        let engine = try blob.engine(name: vector.name, runtime: TestRuntime.found.get(), threads: 1)
        var inputs: [String: [Float]] = [:]
        for (port, other) in zip(blob.inputs, description.inputs) {
            // The blob may have them in another order; compilers that change the names keep the order.
            let name = description.inputs.contains(port.name) ? port.name : other
            var array = try vector.array("in", name)
            let axes = port.tensor.axes
            // Arrays are in the order N, C, H, W, but for those already in the order of the blob.
            let order = axes.map { axis in axes.filter { $0 > axis }.count }
            if axes.count == array.shape.count, order.map({ array.shape[$0] }) == port.tensor.shape?.dimensions {
                array.transpose(order)
            }
            inputs[port.name] = array.values
        }
        let results = try engine.outputs(inputs)
        let limit = max(0.002, 2 * vector.reference)
        for ((port, other), result) in zip(zip(blob.outputs, description.outputs), results) {
            let name = description.outputs.contains(port.name) ? port.name : other
            let golden = try vector.array("out", name)
            #expect(result.count == golden.values.count)
            if golden.shape.last == 7, blob.stages.contains(where: { $0.name == "DetectionOutput" }) {
                try compareRows(result, golden.values, limit)
            } else {
                compare(result, golden, interiorOnly: description.border != nil, limit)
            }
        }
    }

    private func compare(_ result: [Float], _ golden: FixtureArray, interiorOnly: Bool, _ limit: Float) {
        let (columns, rows) = (golden.shape.last ?? 1, golden.shape.dropLast().last ?? 1)
        var (worst, range): (Float, Float) = (0, 1e-9)
        for (index, (found, expected)) in zip(result, golden.values).enumerated() {
            let (x, y) = (index % columns, index / columns % rows)
            if interiorOnly, x == 0 || y == 0 || x == columns - 1 || y == rows - 1 { continue }
            range = max(range, abs(expected))
            // NaN must not pass for agreement.
            worst = abs(found - expected) <= worst ? worst : abs(found - expected)
        }
        #expect(worst / range <= limit, "off by \(worst) of \(range)")
    }

    /// Half floats tie often, so the order of detections is free, and a box at the edge of a threshold may be missing.
    private func compareRows(_ result: [Float], _ golden: [Float], _ limit: Float) throws {
        func rows(_ values: [Float]) -> [[Float]] {
            stride(from: 0, to: values.count, by: 7).map { Array(values[$0..<$0 + 7]) }.prefix { $0[0] >= 0 }.map { $0 }
        }
        var (found, missing) = (rows(result), 0)
        let expected = rows(golden)
        for row in expected {
            func distance(_ other: [Float]) -> Float { zip(row, other).map { abs($0 - $1) }.max() ?? 0 }
            let nearest = found.indices.filter { found[$0][1] == row[1] }.min { distance(found[$0]) < distance(found[$1]) }
            if let nearest, distance(found[nearest]) <= max(0.005, limit) {
                found.remove(at: nearest)
            } else {
                missing += 1
            }
        }
        #expect(missing <= max(1, expected.count * 3 / 100), "\(missing) of \(expected.count) are missing")
        #expect(found.count <= max(1, expected.count * 3 / 100), "\(found.count) too many")
    }
}
