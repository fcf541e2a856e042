// SPDX-License-Identifier: Apache-2.0
import OAK
import Testing
import XLink

struct StorageTests {
    @Test func filesLieAtTheirAlignment() {
        var graph = DeviceGraph(layout: .release2_30)
        let first = graph.add(NeuralNetwork(GraphNetwork(blob: [1, 2, 3])))
        let second = graph.add(NeuralNetwork(GraphNetwork(blob: [4])))
        #expect((first.id, second.id) == (0, 1))
        #expect(packets(graph.storage, upTo: 100) == [[1, 2, 3], [UInt8](repeating: 0, count: 61), [4]])
        #expect(graph.storage.byteCount == 65)
        #expect(
            graph.storage.table == [
                "map": [
                    "/node/0/__blob": ["alignment": 64, "offset": 0, "size": 3],
                    "/node/1/__blob": ["alignment": 64, "offset": 64, "size": 1],
                ]
            ])
    }

    @Test func aGraphWithoutFilesHasNoStorage() {
        var graph = DeviceGraph(layout: .release2_30)
        graph.stream("left", from: graph.add(MonoCamera(socket: 1)), .out)
        #expect(graph.storage.byteCount == 0 && packets(graph.storage, upTo: 100).isEmpty)
    }

    /// A blob may be larger than the largest packet.
    @Test func aLargeFileIsSentInPieces() {
        var graph = DeviceGraph(layout: .release2_30)
        let blob = (0..<250).map { UInt8($0) }
        _ = graph.add(NeuralNetwork(GraphNetwork(blob: blob)))
        let packets = packets(graph.storage, upTo: 100)
        #expect(packets.map(\.count) == [100, 100, 50] && Array(packets.joined()) == blob)
    }

    private func packets(_ storage: GraphStorage, upTo limit: Int) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        storage.forEachPacket(upTo: limit) { packets.append($0) }
        return packets
    }
}
