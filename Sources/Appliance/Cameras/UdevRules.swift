// SPDX-License-Identifier: Apache-2.0

/// The udev rules depthd needs, compiled in so that the program alone can install them. `udev/` in the sources holds the
/// same files; a test proves it.
public enum UdevRules {
    /// One file of rules.
    public struct File: Sendable, Hashable {
        public let name: String
        public let text: String
    }

    public static let all = [movidius, cameras]

    /// Movidius devices for everybody, in the words of the gen1 documentation: programs of that time look for these.
    public static let movidius = File(
        name: "80-movidius.rules",
        text: """
            SUBSYSTEM=="usb", ATTRS{idVendor}=="03e7", MODE="0666"

            """)

    /// Cameras for the group video, and none put to sleep.
    public static let cameras = File(
        name: "81-depthd-cameras.rules",
        text: """
            # Cameras of the kernel's video interface: for the group video and for whoever sits at the machine.
            SUBSYSTEM=="video4linux", KERNEL=="video[0-9]*", GROUP="video", MODE="0660", TAG+="uaccess"

            # USB cameras and Movidius devices are never put to sleep: waking takes longer than a frame, and some do not wake.
            ACTION=="add|change", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_interface", ATTR{bInterfaceClass}=="0e", \
            ATTR{bInterfaceSubClass}=="01", ATTR{../power/control}="on"
            ACTION=="add|change", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="03e7", ATTR{power/control}="on"

            """)
}
