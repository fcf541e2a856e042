// SPDX-License-Identifier: Apache-2.0
import Appliance
import Core
import Settings
import TestSupport
import Testing
import USB

/// Which plugged-in camera goes to which slot.
struct CameraBindingsTests {
    private func bindings(_ cameras: String, _ plugged: [PluggedCamera]) throws -> CameraBindings {
        var bindings = CameraBindings()
        bindings.set(try wishes(cameras))
        bindings.set(plugged)
        return bindings
    }

    private func serials(_ bindings: CameraBindings, _ name: String) throws -> [CameraRequirement.Position: String]? {
        guard case .cameras(let bound) = bindings.supply(for: try slot(name)) else { return nil }
        return bound.mapValues(\.device.identity.serial)
    }

    private func why(_ bindings: CameraBindings, _ name: String) throws -> String? {
        guard case .none(let why) = bindings.supply(for: try slot(name)) else { return nil }
        return why
    }

    @Test func theFirstCameraIsTheOneInTheFirstSocketWhateverItsNode() throws {
        let plugged = [camera("B", port: 10, node: 0), camera("A", port: 2, node: 4)]
        let bindings = try bindings("{id: a, source: v4l2}, {id: b, source: v4l2}", plugged)
        #expect(try serials(bindings, "a") == [.only: "A"])
        #expect(try serials(bindings, "b") == [.only: "B"])
    }

    @Test func aCameraThatIsNamedIsNotGivenToAnybodyElse() throws {
        let cameras = "{id: any, source: v4l2}, {id: named, source: v4l2, v4l2: {device: 'serial:A'}}"
        let alone = try bindings(cameras, [camera("A", port: 1)])
        #expect(try serials(alone, "named") == [.only: "A"])
        #expect(try why(alone, "any")?.contains("by named") == true)
        let both = try bindings(cameras, [camera("A", port: 1), camera("B", port: 2)])
        #expect(try serials(both, "any") == [.only: "B"])
    }

    @Test func aRunningCameraIsNeverTakenAway() throws {
        var bindings = try bindings("{id: a, source: v4l2}", [camera("B", port: 2)])
        bindings.set([camera("A", port: 1), camera("B", port: 2)])
        #expect(try serials(bindings, "a") == [.only: "B"])
        bindings.set([camera("A", port: 1)])
        #expect(try serials(bindings, "a") == [.only: "A"])
        bindings.set([PluggedCamera]())
        #expect(try why(bindings, "a") == "no camera that fits is plugged in")
    }

    @Test func aCameraThatWasOutInBetweenIsAnotherSupply() throws {
        var bindings = try bindings("{id: a, source: v4l2}", [camera("A", port: 1)])
        let before = bindings.supply(for: try slot("a"))
        bindings.set([camera("A", port: 1, incarnation: 2)])
        #expect(bindings.supply(for: try slot("a")) != before)
        #expect(try serials(bindings, "a") == [.only: "A"])
    }

    @Test func aLinkThatAppearsMakesNoOtherCamera() throws {
        var bindings = try bindings("{id: a, source: v4l2}", [camera("A", port: 1)])
        let before = bindings.supply(for: try slot("a"))
        var device = camera("A", port: 1).device
        device.links = ["/dev/v4l/by-id/usb-A"]
        bindings.set([PluggedCamera(device: device, traits: .color)])
        #expect(bindings.supply(for: try slot("a")) == before)
    }

    @Test func aPairNeedsBothAndKeepsTheOneItHas() throws {
        let cameras =
            "{id: p, source: v4l2, v4l2: {layout: pair, left: 'serial:L', right: 'port:vhci_hcd.0:2'}}, {id: any, source: v4l2}"
        var bindings = try bindings(cameras, [camera("L", port: 1, .mono)])
        #expect(try why(bindings, "p")?.hasPrefix("port:vhci_hcd.0:2 for right is not plugged in") == true)
        // The half of a pair stays with the pair.
        #expect(try serials(bindings, "any") == nil)
        bindings.set([camera("L", port: 1, .mono), camera("R", port: 2, .mono)])
        #expect(try serials(bindings, "p") == [.left: "L", .right: "R"])
    }

    @Test func whoeverFitsFirstFitsByWhatItIs() throws {
        let plugged = [camera("C", port: 1, .color), camera("M", port: 2, .mono), camera("W", port: 3, .wide)]
        let cameras =
            "{id: wide, source: v4l2, v4l2: {layout: side_by_side}}, {id: color, source: v4l2, v4l2: {layout: color}}, "
            + "{id: mono, source: v4l2, v4l2: {layout: mono}}"
        let bindings = try bindings(cameras, plugged)
        #expect(try serials(bindings, "wide") == [.only: "W"])
        #expect(try serials(bindings, "color") == [.only: "C"])
        #expect(try serials(bindings, "mono") == [.only: "M"])
    }

    @Test func aNameForTwoCamerasIsAGuessAndIsNotMade() throws {
        let bindings = try bindings(
            "{id: a, source: v4l2, v4l2: {device: 'serial:X'}}", [camera("X", port: 1), camera("X", port: 2)])
        let why = try #require(try why(bindings, "a"))
        #expect(why.contains("more than one camera") && why.contains("port"))
    }

    @Test func aCameraThatMayNotBeOpenedIsNamedWithItsReason() throws {
        let named = try bindings("{id: a, source: v4l2}", [camera("S", port: 1, .shut)])
        #expect(try why(named, "a")?.contains("serial:S") == true)
        #expect(try why(named, "a")?.contains("may not be opened") == true)
        let demo = try bindings("{id: a}", [camera("S", port: 1, .shut)])
        guard case .demo(let reason) = demo.supply(for: try slot("a")) else {
            Issue.record("no demo")
            return
        }
        #expect(reason.contains("may not be opened"))
    }

    @Test func theDemoStandsInSilentlyWhileNothingIsPluggedIn() throws {
        #expect(try bindings("{id: a}", []).supply(for: try slot("a")) == .demo(why: ""))
    }

    @Test func aSlotThatLeavesFreesItsCameraAndAnUnchangedOneKeepsIts() throws {
        var bindings = try bindings("{id: a, source: v4l2}, {id: b, source: v4l2}", [camera("A", port: 1), camera("B", port: 2)])
        bindings.set(try wishes("{id: b, source: v4l2}, {id: c, source: v4l2}"))
        #expect(try serials(bindings, "b") == [.only: "B"])
        #expect(try serials(bindings, "c") == [.only: "A"])
        #expect(bindings.supply(for: try slot("a")) == .settings)
    }

    @Test func aSelectorThatCannotBeIsRefusedWithItsPlace() {
        do {
            _ = try wishes("{id: a, source: v4l2, v4l2: {device: somewhere}}")
            Issue.record("was taken")
        } catch {
            #expect("\(error)".contains("cameras.0.v4l2.device"))
        }
    }

    /// However cameras come and go: nobody has two, nobody's camera is taken while it is there, and none lies idle that
    /// somebody waits for.
    @Test func plugsAndUnpluggingKeepTheRules() throws {
        var random = SeededRandom(7)
        let names = ["a", "b", "c"]
        var bindings = CameraBindings()
        bindings.set(try wishes(names.map { "{id: \($0), source: v4l2}" }.joined(separator: ",")))
        var plugged: [Int: UInt64] = [:]
        var before: [String: PluggedCamera] = [:]
        for step in 0..<2000 {
            let port = Int.random(in: 1...5, using: &random)
            plugged[port] = plugged[port] == nil ? UInt64(step + 1) : nil
            let cameras = plugged.map { camera("S\($0.key)", port: $0.key, incarnation: $0.value) }
            bindings.set(cameras)
            var after: [String: PluggedCamera] = [:]
            for name in names {
                if case .cameras(let bound) = bindings.supply(for: try slot(name)) { after[name] = bound[.only] }
            }
            #expect(Set(after.values).count == after.count)
            #expect(after.count == min(names.count, cameras.count))
            for (name, camera) in before where cameras.contains(camera) { #expect(after[name] == camera) }
            before = after
        }
    }
}
