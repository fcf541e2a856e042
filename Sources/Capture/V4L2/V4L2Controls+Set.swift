// SPDX-License-Identifier: Apache-2.0
import Foundation
import V4L2

extension V4L2Controls {
    /// Sets values by name, automatics first, and turns off the automatics that would undo them.
    /// - Returns: what was done beyond what was asked.
    package func set(_ requests: [String: Int], node: String) throws(CaptureError) -> [String] {
        var values = requests
        var notes: [String] = []
        for (manual, automatic, value) in V4L2Control.automatics
        where requests[manual] != nil && requests[automatic] == nil
            && all.contains(where: { $0.name == automatic && !$0.isReadOnly })
        {
            values[automatic] = value
            notes.append("\(automatic) was set to \(value) because \(manual) is set")
        }
        let automatics = Set(V4L2Control.automatics.map(\.automatic))
        for name in values.keys.sorted(by: { (automatics.contains($0) ? 0 : 1, $0) < (automatics.contains($1) ? 0 : 1, $1) }) {
            if let value = values[name] { try set(name, to: value, node: node) }
        }
        return notes
    }

    private func set(_ name: String, to value: Int, node: String) throws(CaptureError) {
        guard let control = all.first(where: { $0.name == name }) else {
            let known = all.filter { !$0.isReadOnly }.map(\.name).sorted().joined(separator: ", ")
            throw .unusable(
                what: "controls.\(name) on \(node)",
                remedy: known.isEmpty ? "remove it: the device has no controls" : "it has \(known)")
        }
        guard !control.isReadOnly else {
            throw .unusable(what: "controls.\(name) on \(node)", remedy: "remove it: it can only be read")
        }
        guard (control.minimum...control.maximum).contains(value), (value - control.minimum) % control.step == 0 else {
            let steps = control.step > 1 ? " in steps of \(control.step)" : ""
            throw .unusable(
                what: "controls.\(name) \(value) on \(node)",
                remedy: "give \(control.minimum) to \(control.maximum)\(steps); the camera's own is \(control.standard)")
        }
        do {
            try port.set(control: control.id, to: value)
        } catch {
            if error.errno == ENODEV { throw .lost("\(node): \(error)") }
            throw .unusable(what: "controls.\(name) \(value) on \(node)", remedy: "the device rejects it (\(error)); remove it")
        }
    }
}
