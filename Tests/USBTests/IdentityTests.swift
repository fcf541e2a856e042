// SPDX-License-Identifier: Apache-2.0
import Core
import TestSupport
import Testing
import USB

struct IdentityTests {
    @Test(arguments: [
        ("/sys/devices/platform/vhci_hcd.0/usb1/1-1/1-1:1.0/video4linux/video0", "1-1", "vhci_hcd.0:1"),
        ("/sys/devices/pci0000:00/0000:00:14.0/usb2/2-4/2-4.1/2-4.1.3", "2-4.1.3", "0000:00:14.0:4.1.3"),
        (
            "/sys/devices/platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0/usb1/1-1/1-1.2/1-1.2:1.1/video4linux/video9",
            "1-1.2", "0000:01:00.0:1.2"
        ),
    ])
    func aPortIsReadFromThePathInSysfs(path: String, port: String, socket: String) throws {
        let read = try #require(PortPath(systemPath: path))
        #expect("\(read)" == port)
        #expect(read.socket == socket)
    }

    @Test(arguments: [
        "", "/", "/sys/devices/platform/vivid.0/video4linux/video0", "/sys/devices/pci0000:00/0000:00:14.0/usb1", "usb1/1-1",
        "/sys/x/usb1/1-", "/sys/x/usb1/-1", "/sys/x/usb1/1-1..2", "/sys/x/usb1/1-0", "/sys/x/usb1/1-1.2.3.4.5.6.7.8",
        "/sys/x/usbx/1-1", "/sys/x/usb1/99999999999999999999-1",
    ])
    func aPathThroughNoPortHasNone(path: String) {
        #expect(PortPath(systemPath: path) == nil)
    }

    @Test func bothSpeedsOfASocketAreOneSocket() {
        let slow = PortPath(systemPath: "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2")
        let fast = PortPath(systemPath: "/sys/devices/pci0000:00/0000:00:14.0/usb2/2-2")
        #expect(slow != fast)
        #expect(slow?.socket == fast?.socket)
    }

    private func record(_ change: (inout UdevRecord) -> Void = { _ in }) -> UdevRecord {
        var record = UdevRecord(
            systemPath: "/sys/devices/platform/vhci_hcd.0/usb2/2-1/2-1:1.0/video4linux/video0", subsystem: "video4linux",
            node: "/dev/video0",
            links: ["/dev/v4l/by-path/x-video-index0", "/dev/v4l/by-id/usb-vmrig_left_LEFT-video-index0"],
            properties: ["ID_V4L_PRODUCT": "left: left", "ID_V4L_CAPABILITIES": ":capture:", "USEC_INITIALIZED": "123456"],
            attributes: ["name": "left", "index": "0"],
            usb: ["idVendor": "1d6b", "idProduct": "0102", "serial": "LEFT", "product": "left", "speed": "5000"])
        change(&record)
        return record
    }

    @Test func aCameraIsKnownBySerialByIDAndPort() throws {
        let device = try #require(AttachedDevice(record()))
        #expect(device.identity.vendor == 0x1D6B)
        #expect(device.identity.product == 0x0102)
        #expect(device.identity.serial == "LEFT")
        #expect(device.identity.byID == "usb-vmrig_left_LEFT-video-index0")
        #expect(device.identity.port?.description == "2-1")
        #expect(device.name == "left: left")
        #expect(device.isCapture)
        #expect(device.speedMegabits == 5000)
        #expect(device.incarnation == 123456)
    }

    @Test func theMetadataNodeIsNoCamera() throws {
        let second = try #require(
            AttachedDevice(
                record {
                    $0.systemPath += "1"
                    $0.node = "/dev/video1"
                    $0.attributes["index"] = "1"
                    $0.properties["ID_V4L_CAPABILITIES"] = ":"
                }))
        let first = try #require(AttachedDevice(record()))
        #expect(DeviceRoster([second, first]).cameras == [first])
    }

    @Test func withoutUdevdSysfsAloneNamesADevice() throws {
        let device = try #require(
            AttachedDevice(
                record {
                    $0.properties = [:]
                    $0.links = []
                }))
        #expect(device.name == "left")
        #expect(device.identity.serial == "LEFT")
        #expect(device.isCapture)
        #expect(device.incarnation == 0)
    }

    @Test func whatADeviceSaysOfItselfIsCleaned() throws {
        let evil = "\u{1B}[31mred\u{202E}\n\u{0}" + String(repeating: "x", count: 5000)
        let device = try #require(
            AttachedDevice(
                record {
                    $0.properties["ID_V4L_PRODUCT"] = evil
                    $0.usb["serial"] = evil
                    $0.usb["speed"] = "-1e300"
                    $0.usb["idVendor"] = "zzzz"
                    $0.properties["USEC_INITIALIZED"] = "-5"
                    $0.attributes["index"] = "x"
                }))
        #expect(device.name == "[31mred" + String(repeating: "x", count: 119))
        #expect(device.identity.serial == device.name)
        #expect(device.speedMegabits == 0)
        #expect(device.identity.vendor == 0)
        #expect(device.incarnation == 0)
    }

    @Test func onlyCamerasAndDevicesOfTheTableAreOfInterest() {
        #expect(
            AttachedDevice(UdevRecord(systemPath: "/sys/x", subsystem: "usb", usb: ["idVendor": "046d", "idProduct": "c31c"]))
                == nil)
        #expect(AttachedDevice(UdevRecord(systemPath: "/sys/x", subsystem: "block")) == nil)
        #expect(
            AttachedDevice(UdevRecord(systemPath: "/sys/x", subsystem: "usb", usb: ["idVendor": "03e7", "idProduct": "2485"]))
                != nil)
    }

    @Test func theBootROMsPlaceholderIsNoSerialNumber() throws {
        let device = try #require(
            AttachedDevice(
                UdevRecord(
                    systemPath: "/sys/devices/x/usb1/1-1", subsystem: "usb",
                    usb: ["idVendor": "03e7", "idProduct": "2485", "serial": "03e72485"])))
        #expect(device.identity.serial.isEmpty)
        #expect(device.known?.role == .movidiusUnbooted)
    }

    @Test func everyRowOfTheTableIsThereOnce() {
        let keys = DeviceTable.rows.map { "\($0.vendor):\($0.product)" }
        #expect(Set(keys).count == keys.count)
        #expect(DeviceTable.rows.allSatisfy { $0.vendor == 0x03E7 })
        #expect(DeviceTable.row(vendor: 0x03E7, product: 0xF63B)?.role == .movidiusRunning)
        #expect(DeviceTable.row(vendor: 0x1234, product: 0xF63B) == nil)
    }
}

struct SelectorTests {
    private let left = DeviceFixtures.camera(0, serial: "LEFT", port: "1-1")
    private let right = DeviceFixtures.camera(2, serial: "RIGHT", port: "1-2")

    @Test(arguments: [
        "/dev/video0", "/dev/v4l/by-id/usb-vmrig_cam_LEFT-video-index0", "serial:LEFT", "port:1-1", "port:vhci_hcd.0:1",
    ])
    func everyFormFindsItsCamera(text: String) throws {
        #expect(DeviceRoster([left, right]).find(try DeviceSelector(text)) == .one(left))
    }

    @Test func aFormThatFitsSeveralSaysSo() throws {
        let roster = DeviceRoster([right, left])
        #expect(roster.find(try DeviceSelector("any")) == .several([left, right]))
        #expect(roster.find(try DeviceSelector("id:1d6b:0102")) == .several([left, right]))
        #expect(DeviceRoster([left]).find(try DeviceSelector("any")) == .one(left))
        #expect(DeviceRoster().find(try DeviceSelector("any")) == .none)
    }

    @Test(arguments: [
        "", "video0", "serial:", "port:", "port:1", "port:1-", "port::1", "id:1d6b", "id:1d6b:", "id:1d6b:0102:3", "id:xyz:1",
        "usb:1", "/dev/", "any\n", "serial:\u{7}",
    ])
    func anythingElseIsRefusedWithARemedy(text: String) {
        #expect(throws: USBError.self) { try DeviceSelector(text) }
    }

    @Test func twoCamerasWithOneSerialAreReportedAndToldApartByPort() throws {
        let first = DeviceFixtures.camera(0, serial: "SAME", port: "1-1")
        let second = DeviceFixtures.camera(2, serial: "SAME", port: "1-2")
        let roster = DeviceRoster([first, second])
        #expect(roster.find(try DeviceSelector("serial:SAME")) == .several([first, second]))
        // Both claim the link; which of the two it leads to is chance.
        #expect(
            roster.find(try DeviceSelector("/dev/v4l/by-id/usb-vmrig_cam_SAME-video-index0")) == .several([first, second]))
        #expect(roster.find(try DeviceSelector("port:1-2")) == .one(second))
        #expect(roster.twins.map(\.serial) == ["SAME"])
        #expect(
            roster.twins.first?.description
                == "2 devices share the serial number SAME (/dev/video0 at port:vhci_hcd.0:1, /dev/video2 at port:vhci_hcd.0:2): "
                + "name them by port")
    }

    @Test func camerasOfOneModelWithoutSerialsAreTwinsToo() {
        let roster = DeviceRoster([
            DeviceFixtures.camera(0, serial: "", port: "1-1"), DeviceFixtures.camera(2, serial: "", port: "1-2"),
        ])
        #expect(roster.twins.count == 1)
        #expect(DeviceRoster([left, right]).twins.isEmpty)
    }

    @Test func theRosterCountsNodesAsNumbers() {
        let roster = DeviceRoster([10, 9, 0, 2].map { DeviceFixtures.camera($0) })
        #expect(roster.devices.map(\.node) == ["/dev/video0", "/dev/video2", "/dev/video9", "/dev/video10"])
    }
}
