// SPDX-License-Identifier: Apache-2.0
import Settings
import Tasks

/// The `models` section of the settings: which model fills which role.
public struct ModelSettings: Sendable, Hashable {
    /// `demo` for the embedded detector, `none`, or the path of a model.
    let detection: String
    /// Name in the model store or path, by role; roles that the settings leave open are absent, and so is `demo`: the
    /// embedded detector knows nothing but the demo scene.
    let roles: [ModelRole: String]

    init(_ section: SettingsSection) throws(SettingsError) {
        detection = try section.text(ModelRole.detection.rawValue, default: "demo")
        var roles: [ModelRole: String] = [:]
        for role in ModelRole.allCases where role != .detection {
            let model = try section.text(role.rawValue, default: "")
            roles[role] = model.isEmpty ? nil : model
        }
        if !["demo", "none", ""].contains(detection) { roles[.detection] = detection }
        self.roles = roles
        try section.finish()
    }
}
