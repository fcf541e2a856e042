// SPDX-License-Identifier: Apache-2.0

/// How settings name a device:
/// `/dev/video0` or any link to it, `serial:LEFT`, `port:1-1.2`, `port:vhci_hcd.0:1.2`, `id:1d6b:0102`, or `any`.
public struct DeviceSelector: Sendable, Hashable, CustomStringConvertible {
    private enum Form: Hashable {
        case node(String)
        case serial(String)
        case port(String)
        case numbers(vendor: UInt16, product: UInt16)
        case any
    }

    public let description: String
    private let form: Form

    /// - Throws: `USBError.badSelector` with what to write instead.
    public init(_ text: String) throws(USBError) {
        guard let form = DeviceSelector.form(text) else {
            throw .badSelector(
                String(text.prefix(64)),
                remedy: "write a path below /dev, serial:NUMBER, port:1-1.2, id:1d6b:0102 or any; `depthd cameras` lists them")
        }
        self.form = form
        description = text
    }

    private static func form(_ text: String) -> Form? {
        guard text.utf8.count <= 1024, text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 }) else { return nil }
        if text == "any" { return .any }
        if text.hasPrefix("/dev/"), text.utf8.count > 5 { return .node(text) }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let value = text[text.index(after: colon)...]
        guard !value.isEmpty else { return nil }
        switch text[..<colon] {
        case "serial": return .serial(String(value))
        case "port": return isPort(value) ? .port(String(value)) : nil
        case "id":
            let numbers = value.split(separator: ":", omittingEmptySubsequences: false).map { UInt16($0, radix: 16) }
            guard numbers.count == 2, let vendor = numbers[0], let product = numbers[1] else { return nil }
            return .numbers(vendor: vendor, product: product)
        default: return nil
        }
    }

    /// `1-1.2`, or a controller, a colon and `1.2`.
    private static func isPort(_ value: Substring) -> Bool {
        if PortPath.port(value) != nil { return true }
        guard let colon = value.lastIndex(of: ":"), colon > value.startIndex else { return false }
        return PortPath.port("1-" + value[value.index(after: colon)...]) != nil
    }

    /// Whether it names a node, which may be one without pictures.
    var namesNode: Bool {
        if case .node = form { true } else { false }
    }

    public func matches(_ device: AttachedDevice) -> Bool {
        switch form {
        case .node(let path): device.node == path || device.links.contains(path)
        case .serial(let serial): device.identity.serial == serial
        case .port(let port): device.identity.port.map { $0.description == port || $0.socket == port } ?? false
        case .numbers(let vendor, let product): device.identity.vendor == vendor && device.identity.product == product
        case .any: true
        }
    }
}
