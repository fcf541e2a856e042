// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Who may open a node.
package enum V4L2Access {
    /// Name of the group a file belongs to; its number when it has no name, empty when the file is not there.
    package static func group(of path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "" }
        guard let entry = getgrgid(status.st_gid), let name = entry.pointee.gr_name else { return "\(status.st_gid)" }
        return String(cString: name)
    }

    /// Groups that say nothing about whom to join: none, the superuser's, and what stands for one that a service in a user
    /// namespace does not see.
    private static let unspeaking: Set<String> = ["", "root", "nogroup", "nobody"]

    /// What the owner of the box has to do.
    /// - Parameter code: EACCES or EPERM, as opening the node failed. Files refuse with the first, device lists of services
    ///   and containers with the second.
    package static func remedy(_ node: String, _ code: Int32) -> String {
        guard code == EACCES else {
            return "depthd's sandbox forbids it: a service needs DeviceAllow=char-81 rw, a container --device \(node)"
        }
        let group = group(of: node)
        let name = unspeaking.contains(group) ? "video" : group
        return "depthd may not open it: add its user to the group \(name) (usermod -aG \(name) depthd) and restart it"
    }
}
