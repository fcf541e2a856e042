// SPDX-License-Identifier: Apache-2.0

/// How a box that nobody has set up yet is reached.
public struct WelcomeStatus: Sendable, Codable, Hashable {
    /// Addresses of the dashboard, the one by name first.
    public var dashboards: [String]
    /// Ports that are open, by section of the settings.
    public var ports: [String: Int]
    /// The settings file; nil for none.
    public var settings: String?
    /// The file on the card that the image reads at every start; nil where no image made the system.
    public var card: String?

    private enum CodingKeys: String, CodingKey {
        case dashboards
        case ports = "doors"
        case settings
        case card
    }

    public init(dashboards: [String], ports: [String: Int], settings: String?, card: String?) {
        self.dashboards = dashboards
        self.ports = ports
        self.settings = settings
        self.card = card
    }
}
