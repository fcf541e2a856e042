// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Who may open a node.
enum VideoAccess {
    /// Name of the group a file belongs to; its number when it has no name, empty when the file is not there.
    static func group(of path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "" }
        guard let entry = getgrgid(status.st_gid), let name = entry.pointee.gr_name else { return "\(status.st_gid)" }
        return String(cString: name)
    }

    /// What the owner of the box has to do.
    static func remedy(_ node: String) -> String {
        let group = group(of: node)
        let name = group.isEmpty || group == "root" ? "video" : group
        return "depthd may not open it: add its user to the group \(name) (usermod -aG \(name) depthd) and start it again"
    }
}
