// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Capture
import Codec
import Core
import Foundation
import Testing
import V4L2

/// The board's video encoder, on a scripted driver.
struct M2MEncoderTests {
    private static let sets: [UInt8] = [0, 0, 0, 1, 0x67, 66, 0, 30, 0, 0, 0, 1, 0x68, 1, 2, 3]
    private static let key: [UInt8] = [0, 0, 0, 1, 0x65, 9]
    private static let other: [UInt8] = [0, 0, 0, 1, 0x41, 9]
    private static let keyFlag = UInt32(V4L2_BUF_FLAG_KEYFRAME)

    private let settings = VideoSettings(
        width: 100, height: 50, framesPerSecond: 30, bitsPerSecond: 1_000_000, keyInterval: 30, profile: .high)

    private func frame(_ level: UInt8, width: Int = 100, height: Int = 50) throws -> Frame {
        let draft = FramePool.standalone(
            FrameHeader(
                camera: try #require(CameraID("test")), instance: .left, sequence: 0, captured: Timestamp(nanoseconds: 5_000_000),
                width: width, height: height, format: .gray8))
        draft.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: level) }
        return draft.seal()
    }

    private func make(_ board: FakeBoard) throws -> M2MEncoder {
        try M2MEncoder(settings, node: "/dev/video11", system: board)
    }

    @Test func picturesGoInRowByRowAndComeOutInOrder() throws {
        var seen: [[UInt8]] = []
        let device = FakeVideoEncoder { picture, number, _ in
            seen.append(picture)
            return number == 0 ? (Self.sets + Self.key, Self.keyFlag) : (Self.other + [UInt8(number)], 0)
        }
        do {
            let encoder = try make(FakeBoard(device))
            #expect(try encoder.encode(frame(7)) == VideoUnits(bytes: Self.sets + Self.key, isKey: true))
            for number in 1..<20 {
                let units = try encoder.encode(frame(UInt8(number)))
                #expect(units == VideoUnits(bytes: Self.other + [UInt8(number)], isKey: false))
            }
            #expect(device.streaming.count == 2 && device.mapped == 7)
        }
        // The driver's rows have 128 bytes, and there are 64 of them; what lies between is not ours.
        let picture = try #require(seen.first)
        #expect(picture.count == 128 * 64 * 3 / 2)
        #expect(picture[..<100].allSatisfy { $0 == 7 } && picture[100..<128].allSatisfy { $0 == 0xEE })
        #expect(picture[(49 * 128)..<(49 * 128 + 100)].allSatisfy { $0 == 7 } && picture[50 * 128] == 0xEE)
        for plane in [128 * 64, 128 * 64 * 5 / 4] {
            #expect(picture[plane..<(plane + 50)].allSatisfy { $0 == 128 } && picture[plane + 50] == 0xEE)
            #expect(picture[plane + 24 * 64] == 128 && picture[plane + 25 * 64] == 0xEE)
        }
        #expect(device.complaints.isEmpty, "\(device.complaints)")
        #expect(device.mapped == 0 && device.streaming.isEmpty)
    }

    @Test func theSettingsReachTheDriver() throws {
        let device = FakeVideoEncoder { _, _, _ in (Self.other, 0) }
        _ = try make(FakeBoard(device))
        #expect(device.controls[CV_BIT_RATE] == 1_000_000 && device.controls[CV_H264_I_PERIOD] == 30)
        #expect(device.controls[CV_H264_PROFILE] == Int32(V4L2_MPEG_VIDEO_H264_PROFILE_HIGH.rawValue))
        #expect(device.controls[CV_B_FRAMES] == 0 && device.controls[CV_REPEAT_HEADER] == 1)
        // A driver that knows none of them encodes in its own way.
        let simple = FakeVideoEncoder { _, _, _ in (Self.sets + Self.key, Self.keyFlag) }
        simple.unknown = [CV_BIT_RATE, CV_BIT_RATE_MODE, CV_B_FRAMES, CV_H264_PROFILE, CV_GROUP_SIZE, CV_H264_I_PERIOD]
        #expect(try make(FakeBoard(simple)).encode(frame(1))?.isKey == true)
    }

    @Test func aKeyFrameIsForcedAndHasItsParametersEvenWhereTheDriverSendsThemOnce() throws {
        let device = FakeVideoEncoder { _, number, isForced in
            // The parameter sets come in a buffer of their own, and once.
            if number == 0 { return (Self.sets, 0) }
            return number == 1 || isForced ? (Self.key, Self.keyFlag) : (Self.other, 0)
        }
        let encoder = try make(FakeBoard(device))
        // They are no picture: the picture comes with the next.
        #expect(try encoder.encode(frame(1)) == nil)
        #expect(try encoder.encode(frame(2)) == VideoUnits(bytes: Self.sets + Self.key, isKey: true))
        #expect(try encoder.encode(frame(3))?.isKey == false)
        #expect(try encoder.encode(frame(4), isKey: true) == VideoUnits(bytes: Self.sets + Self.key, isKey: true))
    }

    @Test func aDriverThatFallsSilentIsNotWaitedForForEver() throws {
        let device = FakeVideoEncoder { _, _, _ in nil }
        let board = FakeBoard(device)
        let encoder = try make(board)
        let start = board.clock
        for level in 0..<3 { #expect(try encoder.encode(frame(UInt8(level))) == nil) }
        #expect(throws: CodecError.self) { try encoder.encode(frame(3)) }
        #expect(board.clock - start < 2_200_000_000)
    }

    @Test func damageAndLossAreErrorsAndAnotherEncoderTakesOver() throws {
        let device = FakeVideoEncoder { _, number, _ in (Self.key, number == 1 ? UInt32(V4L2_BUF_FLAG_ERROR) : Self.keyFlag) }
        let other = FakeVideoEncoder { _, _, isForced in (Self.key + [isForced ? 1 : 0], Self.keyFlag) }
        let encoder = FallbackVideoEncoder(try make(FakeBoard(device))) { () throws(CodecError) in
            try M2MEncoder(settings, node: "/dev/video11", system: FakeBoard(other))
        }
        #expect(try encoder.encode(frame(1))?.bytes == Self.key)
        #expect(try encoder.encode(frame(2))?.bytes == Self.key + [1])
        #expect(try encoder.encode(frame(3))?.bytes == Self.key + [0])
        #expect(device.mapped == 0)
        other.fault = { call, _ in call == CV_QBUF ? ENODEV : 0 }
        #expect(throws: CodecError.self) { try encoder.encode(frame(4)) }
    }

    @Test(arguments: [CV_QUERYCAP, CV_S_FMT, CV_REQBUFS, CV_QUERYBUF, CV_QBUF, CV_STREAMON])
    func whateverCallFailsNothingIsLeftBehind(call: cv_call) throws {
        for number in 1...2 {
            let device = FakeVideoEncoder { _, _, _ in (Self.key, Self.keyFlag) }
            device.fault = { $0 == call && $1 == number ? EIO : 0 }
            if call == CV_QUERYCAP, number == 2 { continue }
            #expect(throws: CodecError.self) { try make(FakeBoard(device)) }
            #expect(device.mapped == 0 && device.streaming.isEmpty)
        }
    }

    @Test func aDriverThatLiesIsRefused() throws {
        let lies: [(inout cv_planar) -> Void] = [
            { $0.width = 64 }, { $0.stride = 50 }, { $0.stride = 101 }, { $0.code = 1 },
        ]
        for lie in lies {
            let device = FakeVideoEncoder { _, _, _ in (Self.key, Self.keyFlag) }
            device.answer = {
                $0.stride = 128
                lie(&$0)
            }
            if case .some = try? make(FakeBoard(device)) { Issue.record("taken") }
        }
    }

    @Test func onlyAnEncoderOfH264IsTaken() {
        let device = FakeVideoEncoder { _, _, _ in nil }
        let board = FakeBoard(device)
        let names = [
            ("/dev/video0", "USB camera"), ("/dev/video10", "bcm2835-codec-decode"), ("/dev/video11", "bcm2835-codec-encode"),
        ].map { (node: $0.0, name: $0.1) }
        #expect(M2MEncoder.boardsNode(board, names: names) == "/dev/video11")
        #expect(board.opened == ["/dev/video11"])
        device.formats = [0x3447_504A]
        #expect(M2MEncoder.boardsNode(board, names: names) == nil)
        (device.formats, device.capabilities) = ([UInt32(CV_FORMAT_H264)], UInt32(V4L2_CAP_VIDEO_CAPTURE))
        #expect(M2MEncoder.boardsNode(board, names: names) == nil)
    }
}
