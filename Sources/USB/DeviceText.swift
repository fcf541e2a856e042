// SPDX-License-Identifier: Apache-2.0

/// Text a device tells about itself. It is untrusted: it ends up in logs, JSON and settings.
enum DeviceText {
    /// A USB string descriptor holds at most 126 characters.
    private static let longest = 126

    /// Without control characters and outer spaces, cut to a sane length.
    static func cleaned(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.lazy.filter({ !isControl($0) }).drop(while: { $0 == " " }).prefix(longest) {
            scalars.append(scalar)
        }
        while scalars.last == " " { scalars.removeLast() }
        return String(scalars)
    }

    /// C0, C1, line separators and the marks that turn the direction of writing around.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
