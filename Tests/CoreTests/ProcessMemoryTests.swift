// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Testing

/// In a process of its own: memory is the whole process's.
struct ProcessMemoryTests {
    @Test func whatIsNotInUseIsGivenBackAndTheProgramGoesOn() async {
        await #expect(processExitsWith: .success) {
            ProcessMemory.returnLargeBlocks()
            // Small blocks below one that is in use stay with the heap when they are freed, unless it is told.
            var blocks = (0..<20_000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: 1000) }
            blocks.removeFirst(19_999)
            let before = try Resident.now()
            ProcessMemory.release()
            let after = try Resident.now()
            #expect(before.heap - after.heap > 15 << 10)
            #expect(after.files < before.files)
            #expect(blocks == [[UInt8](repeating: UInt8(truncatingIfNeeded: 19_999), count: 1000)])
            #expect((1...1000).map { String($0) }.joined().count == 2893)
        }
    }
}

/// Kilobytes of this process in memory.
private struct Resident {
    var heap: Int
    var files: Int

    static func now() throws -> Resident {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        func value(_ name: String) throws -> Int {
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(name):") })
            return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        }
        return Resident(heap: try value("RssAnon"), files: try value("RssFile"))
    }
}
