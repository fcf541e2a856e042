// SPDX-License-Identifier: Apache-2.0

/// How a box that nobody has set up yet is reached.
public struct WelcomeStatus: Sendable, Codable, Hashable {
    /// Addresses of the dashboard, the one by name first.
    public var dashboards: [String]
    /// Ports that are open, by section of the settings.
    public var doors: [String: Int]
    /// The settings file; nil for none.
    public var settings: String?
    /// The file on the card that the image reads at every start; nil where no image made the system.
    public var card: String?

    public init(dashboards: [String], doors: [String: Int], settings: String?, card: String?) {
        self.dashboards = dashboards
        self.doors = doors
        self.settings = settings
        self.card = card
    }
}
