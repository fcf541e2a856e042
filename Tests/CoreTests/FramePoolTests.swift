// SPDX-License-Identifier: Apache-2.0
import Core
import Testing

struct FramePoolTests {
    private func header(_ width: Int = 8, sequence: Int = 0) throws -> FrameHeader {
        FrameHeader(
            camera: try #require(CameraID("test")), instance: .left, sequence: sequence, captured: Timestamp(nanoseconds: 0),
            width: width, height: 4, format: .gray8)
    }

    private func sealed(_ pool: FramePool, _ header: FrameHeader) -> Frame? {
        guard let draft = pool.draft(header) else { return nil }
        return draft.seal()
    }

    private func isEmpty(_ pool: FramePool) throws -> Bool {
        sealed(pool, try header()) == nil
    }

    @Test func aBufferComesBackOnlyAfterItsLastReader() throws {
        let pool = FramePool(capacity: 1)
        var frame = try sealed(pool, header())
        #expect(frame != nil)
        #expect(try isEmpty(pool))
        #expect(pool.exhausted == 1)
        let copy = frame
        frame = nil
        #expect(try isEmpty(pool))
        withExtendedLifetime((frame, copy)) {}
    }

    @Test func aBufferThatNobodyReadsIsHandedOutAgain() throws {
        let pool = FramePool(capacity: 1)
        for _ in 0..<3 { #expect(try !isEmpty(pool)) }
    }

    @Test func memoryDoesNotGrowWithFrames() throws {
        let pool = FramePool(capacity: 3)
        for sequence in 0..<1000 {
            guard let draft = pool.draft(try header(sequence: sequence)) else { continue }
            draft.withUnsafeMutableBytes { $0[0] = UInt8(truncatingIfNeeded: sequence) }
            let frame = draft.seal()
            #expect(frame.withUnsafeBytes { $0[0] } == UInt8(truncatingIfNeeded: sequence))
        }
        #expect(pool.allocatedBytes == 32)
        #expect(pool.exhausted == 0)
    }

    @Test func aLargerFrameReplacesASmallerBuffer() throws {
        let pool = FramePool(capacity: 1)
        _ = try #require(sealed(pool, header(8)))
        let large = try #require(sealed(pool, header(64)))
        #expect(large.withUnsafeBytes { $0.count } == 256)
    }

    @Test(arguments: [
        (PixelFormat.gray8, 16), (.bgr24, 48), (.bgrPlanar, 48), (.i420, 24), (.depth16, 32), (.disparity16, 32),
        (.disparity8, 16),
    ])
    func aPictureOfFourByFourTakesSoManyBytes(format: PixelFormat, bytes: Int) {
        #expect(format.byteCount(width: 4, height: 4) == bytes)
    }
}

extension FramePoolTests {
    @Test func anIDIsASafeName() {
        #expect(CameraID("front-door_2")?.name == "front-door_2")
        for bad in ["", "Front", "a b", "../etc", "ä", String(repeating: "a", count: 33)] { #expect(CameraID(bad) == nil) }
    }
}
