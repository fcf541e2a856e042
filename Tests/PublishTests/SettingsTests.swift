// SPDX-License-Identifier: Apache-2.0
import Publish
import Settings
import Testing

/// Of the key a section is refused for; nil for a good section.
private func refused(_ yaml: String, key: String = "") -> String? {
    do {
        var settings = try UDPSettings(SettingsSection(SettingsDocument.yaml(yaml, name: "test"), path: "udp"))
        try settings.resolve { _ in Array(key.utf8) }
        return nil
    } catch {
        return error.path
    }
}

@Test(arguments: [
    "", "targets: ['10.0.0.2:5800', 'roborio.local:5801', '[fd00::2]:5800']",
    "allow: [10.0.0.0/8, 'fd00::/8', 192.168.1.7, private, 0.0.0.0/0]", "host: '::'", "multicast: '239.255.68.80:32171'",
    "multicast: '[ff05::4450]:32171'", "{multicast: '239.255.68.80:32171', multicast_interface: lo}",
    // What a server that is off would need of the machine is not looked for.
    "{enabled: false, multicast: '239.255.68.80:32171', multicast_interface: nowhere, key_file: nowhere}",
])
func goodSettingsAreTaken(yaml: String) { #expect(refused(yaml) == nil) }

@Test(arguments: [
    ("port: 65536", "udp.port"), ("port: -1", "udp.port"), ("host: here", "udp.host"),
    ("allow: [private, 10.0.0.0/33]", "udp.allow.1"), ("allow: [10.0.0/8]", "udp.allow.0"),
    ("allow: ['fd00::/129']", "udp.allow.0"), ("targets: [10.0.0.2]", "udp.targets.0"),
    ("targets: ['10.0.0.2:0']", "udp.targets.0"), ("targets: ['fd00::2:5800']", "udp.targets.0"),
    ("maximum_subscriptions: 33", "udp.maximum_subscriptions"), ("multicast: 239.255.68.80", "udp.multicast"),
    ("multicast: 10.0.0.1:5800", "udp.multicast"), ("multicast: 224.0.0.1:5800", "udp.multicast"),
    ("multicast: '[ff0e::1]:5800'", "udp.multicast"), ("multicast_interface: lo", "udp.multicast_interface"),
    ("{multicast: '239.255.68.80:32171', multicast_interface: nowhere}", "udp.multicast_interface"),
])
func everyBadSettingIsRefusedByItsName(yaml: String, path: String) { #expect(refused(yaml) == path) }

@Test func aKeyIsReadFromItsFileAndMustBeLongEnough() {
    #expect(refused("key_file: k", key: "0123456789abcdef") == nil)
    #expect(refused("key_file: k", key: "secret") == "udp.key_file")
}

@Test func seventeenTargetsAreTooMany() {
    let targets = (1...17).map { "'10.0.0.\($0):5800'" }.joined(separator: ", ")
    #expect(refused("targets: [\(targets)]") == "udp.targets")
}
