// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation

// Plays a file of JPEG pictures through the V4L2 source and says what a picture costs. `bench/capture.py` compares it.
//   capture-bench FILE WIDTH HEIGHT gray|bgr PICTURES [WANTED-WIDTH WANTED-HEIGHT]
let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.map { Int($0) ?? 0 }
guard arguments.count >= 5, let camera = CameraID("bench"), ["gray", "bgr"].contains(arguments[3]) else {
    FileHandle.standardError.write(Data("capture-bench FILE WIDTH HEIGHT gray|bgr PICTURES [WANTED-WIDTH WANTED-HEIGHT]\n".utf8))
    exit(2)
}
let wanted = arguments.count == 7 ? (numbers[5], numbers[6]) : (numbers[1], numbers[2])
let video = try FileVideo(path: arguments[0], width: numbers[1], height: numbers[2])
let source = try V4L2Source(
    settings: V4L2Settings(
        layout: .single(
            V4L2Camera(node: "/file", width: wanted.0, height: wanted.1), arguments[3] == "bgr" ? .color : .left)),
    camera: camera, system: video)
let stop = StopSignal()
let counters = CaptureCounters()
// A first round warms pools and tables.
let warmUp = video.pictures
var seen = 0
var started: Int64 = 0
try source.run(counters: counters, stop: stop) { _ in
    seen += 1
    if seen == warmUp { started = Timestamp.processCPU() }
    if seen == warmUp + numbers[4] { stop.stop() }
}
let milliseconds = Double(Timestamp.processCPU() - started) / 1e6 / Double(numbers[4])
print(#"{"cpu_ms": \#(milliseconds), "pictures": \#(numbers[4]), "undecodable": \#(counters.undecodable.current)}"#)
