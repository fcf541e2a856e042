// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import OAK
import Testing

struct DeliverySorterTests {
    private static let frame: Int64 = 33_333_333

    private func header(_ instance: CameraInstance, _ number: Int, late: Int64 = 0) -> FrameHeader {
        FrameHeader(
            camera: CameraID("oak")!, instance: instance, sequence: number + 70,
            captured: Timestamp(nanoseconds: 1_000_000_000 + Int64(number) * Self.frame + late), width: 2, height: 2,
            format: .gray8)
    }

    private func picture(_ number: Int) -> CaptureDelivery { .frame(FramePool.standalone(header(.color, number)).seal()) }

    private func tensors(_ number: Int, late: Int64 = 0) -> CaptureDelivery {
        let layout = TensorLayout([])
        let header = header(.color, number, late: late)
        return .tensors(
            CaptureTensors(
                header: header, layout: layout, memory: FramePool.standalone(layout.memoryHeader(header)).seal()))
    }

    private func encoded(_ number: Int) -> CaptureDelivery {
        let header = header(.color, number)
        return .encoded(
            EncodedPicture(
                .h264, bytes: [1], isKey: true, number: 1, width: 2, height: 2, sequence: header.sequence,
                captured: header.captured))
    }

    private func labels(_ deliveries: [CaptureDelivery]) -> [String] {
        deliveries.map { delivery in
            let number = delivery.sequence.map { " \($0)" } ?? ""
            return switch delivery {
            case .frame: "picture\(number)"
            case .tensors: "tensors\(number)"
            case .encoded: "video\(number)"
            case .health: "health\(number)"
            case .motion: "motion\(number)"
            case .crash: "crash\(number)"
            }
        }
    }

    private func sorter() -> DeliverySorter { DeliverySorter(lenses: [.color], framesPerSecond: 30) }

    @Test func resultsGetTheNumberOfTheirExposureThoughLaterOnesHaveCome() {
        var sorter = sorter()
        for number in 0..<30 { #expect(labels(sorter.add(picture(number))) == ["picture \(number)"]) }
        #expect(labels(sorter.add(tensors(3, late: 2_000_000))) == ["tensors 3"])
        #expect(labels(sorter.add(encoded(29))) == ["video 29"])
        #expect(sorter.dropped == 0)
    }

    @Test func whatBelongsToNoExposurePassesAtOnce() throws {
        var sorter = sorter()
        let crash = CaptureDelivery.crash(CrashDump(serialNumber: "1", json: "{}"))
        #expect(labels(sorter.add(crash)) == ["crash"] && sorter.dropped == 0)
    }

    @Test func resultsThatComeFirstWaitForTheirPicture() {
        var sorter = sorter()
        #expect(sorter.add(tensors(0)).isEmpty)
        #expect(labels(sorter.add(picture(0))) == ["picture 0", "tensors 0"])
        // The newest wins.
        #expect(sorter.add(tensors(1)).isEmpty && sorter.add(tensors(2)).isEmpty)
        #expect(labels(sorter.add(picture(1))) == ["picture 1"])
        #expect(labels(sorter.add(picture(2))) == ["picture 2", "tensors 2"])
        #expect(sorter.dropped == 1)
    }

    @Test func resultsOfAnExposureThatNeverCameAreDropped() {
        var sorter = sorter()
        _ = sorter.add(picture(0))
        _ = sorter.add(picture(5))
        #expect(sorter.add(tensors(2)).isEmpty && sorter.dropped == 1)
    }

    /// A video picture that is left out would cost all that build on it.
    @Test func videoIsNeverLeftOutForItsTime() {
        var sorter = sorter()
        #expect(sorter.add(encoded(0)).isEmpty && sorter.dropped == 1)
        _ = sorter.add(picture(0))
        _ = sorter.add(picture(5))
        #expect(labels(sorter.add(encoded(2))) == ["video 0"])
    }
}
