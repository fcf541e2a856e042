// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Testing

struct HostNameTests {
    @Test func `the name is the kernel's`() throws {
        let kernel = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
        #expect(!HostName.current.isEmpty && HostName.current == kernel.trimmingCharacters(in: .newlines))
    }
}
