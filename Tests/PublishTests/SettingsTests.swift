// SPDX-License-Identifier: Apache-2.0
import Publish
import Testing

private func field(_ change: (inout UDPSettings) -> Void) -> String? {
    var settings = UDPSettings()
    change(&settings)
    do {
        try settings.validate()
        return nil
    } catch {
        guard case .setting(let field, _) = error else { return "?" }
        return field
    }
}

@Test func goodSettingsAreTaken() {
    #expect(field { _ in } == nil)
    #expect(field { $0.targets = ["10.0.0.2:5800", "roborio.local:5801", "[fd00::2]:5800"] } == nil)
    #expect(field { $0.allow = ["10.0.0.0/8", "fd00::/8", "192.168.1.7", "private", "0.0.0.0/0"] } == nil)
    #expect(field { $0.host = "::" } == nil)
    #expect(field { $0.key = Array("0123456789abcdef".utf8) } == nil)
    #expect(field { $0.multicast = "239.255.68.80:32171" } == nil)
    #expect(field { $0.multicast = "[ff05::4450]:32171" } == nil)
}

@Test func everyBadSettingIsRefusedByItsName() {
    #expect(field { $0.port = 65_536 } == "udp.port")
    #expect(field { $0.port = -1 } == "udp.port")
    #expect(field { $0.host = "here" } == "udp.host")
    #expect(field { $0.allow = ["private", "10.0.0.0/33"] } == "udp.allow[1]")
    #expect(field { $0.allow = ["10.0.0/8"] } == "udp.allow[0]")
    #expect(field { $0.allow = ["fd00::/129"] } == "udp.allow[0]")
    #expect(field { $0.targets = ["10.0.0.2"] } == "udp.targets[0]")
    #expect(field { $0.targets = ["10.0.0.2:0"] } == "udp.targets[0]")
    #expect(field { $0.targets = ["fd00::2:5800"] } == "udp.targets[0]")
    #expect(field { $0.maximumSubscriptions = 33 } == "udp.maximum_subscriptions")
    #expect(field { $0.key = Array("secret".utf8) } == "udp.key_file")
    #expect(field { $0.multicast = "239.255.68.80" } == "udp.multicast")
    #expect(field { $0.multicast = "10.0.0.1:5800" } == "udp.multicast")
    #expect(field { $0.multicast = "224.0.0.1:5800" } == "udp.multicast")
    #expect(field { $0.multicast = "[ff0e::1]:5800" } == "udp.multicast")
    #expect(field { $0.multicastInterface = "lo" } == "udp.multicast_interface")
    #expect(
        field {
            $0.multicast = "239.255.68.80:32171"
            $0.multicastInterface = "nowhere"
        } == "udp.multicast_interface")
}
