// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The commands for the person who plugs cameras in.
struct CameraCommandTests {
    @Test func camerasListsWhatIsPluggedInAsTextAndAsJSON() async throws {
        let text = try await Command.depthd(["cameras"])
        #expect(text.status == 0, "\(text.complaint)")
        #expect(!text.output.isEmpty)
        let json = try await Command.depthd(["cameras", "--json"])
        let listing = try JSONSerialization.jsonObject(with: json.data) as? [String: Any]
        #expect(listing?["cameras"] is [Any] && listing?["devices"] is [Any])
    }

    @Test func aCameraThatIsNotThereIsMissedByNameInEveryCommand() async throws {
        let settings = [
            "--set", "cameras.0.id=front", "--set", "cameras.0.source=v4l2", "--set",
            "cameras.0.v4l2.device=serial:NOBODYHASTHIS",
        ]
        #expect(try await Command.depthd(["cameras"] + settings).output.contains("serial:NOBODYHASTHIS is not plugged in"))
        let doctor = try await Command.depthd(["doctor"] + settings)
        #expect(doctor.output.contains("serial:NOBODYHASTHIS is not plugged in") && doctor.status == 1)
        try await withDaemon(settings) { daemon in
            try await daemon.wait(untilLogSays: "serial:NOBODYHASTHIS is not plugged in")
            let camera = try await Command.json("\(daemon.base)/api/v1/cameras/front")
            #expect(camera["state"] as? String == "absent")
            let snapshot = try await Command.get("\(daemon.base)/api/v1/cameras/front/streams/color/snapshot.jpg")
            #expect(snapshot.output.contains("serial:NOBODYHASTHIS"))
        }
    }

    @Test func aSelectorThatCannotBeEndsTheDaemonWithItsPlace() async throws {
        let run = try await Command.depthd([
            "run", "--set", "cameras.0.id=a", "--set", "cameras.0.v4l2.device=somewhere",
        ])
        #expect(run.status == 78)
        #expect(run.complaint.contains("cameras.0.v4l2.device"), "\(run.complaint)")
    }

    @Test func rulesGoIntoAnotherRootOnceAndSayWhatWasDone() async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("root-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root.appendingPathComponent("etc"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        let first = try await Command.depthd(["install-rules", "--root", root.path])
        #expect(first.status == 0 && first.output.contains("80-movidius.rules installed"), "\(first)")
        let second = try await Command.depthd(["install-rules", "--root", root.path])
        #expect(second.status == 0 && second.output.contains("80-movidius.rules is there already"), "\(second)")
        #expect(!second.output.contains("installed"))
    }

    @Test(.enabled(if: geteuid() != 0, "root may; the virtual machine tests the refusal"))
    func withoutRootRulesAreRefusedWithWhatToDo() async throws {
        let run = try await Command.depthd(["install-rules"])
        #expect(run.status == 1 && run.complaint.contains("sudo depthd install-rules"), "\(run)")
    }
}
