// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text with each absolute path in it cut to its last part: what clients are told names no folders of the box.
    public var withoutFolders: String {
        var text = ""
        var rest = self[...]
        var last: Character = " "
        while let character = rest.first {
            if character == "/", " \t\n\"'`(<[=,:".contains(last), !rest.dropFirst().hasPrefix("/") {
                let path = rest.prefix { !" \t\n\"'`)>],;:".contains($0) }
                text += path.split(separator: "/").last ?? path
                rest = rest[path.endIndex...]
                last = path.last ?? character
            } else {
                text.append(character)
                last = character
                rest = rest.dropFirst()
            }
        }
        return text
    }
}
