// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What root writes into a state directory belongs to whom the directory belongs to: `sudo depthd firmware import` beside a
/// service that runs as a user of its own.
enum FolderOwner {
    /// Gives an open file to the owner of its folder.
    static func give(_ descriptor: Int32, _ folder: String) {
        if let owner = owner(of: folder) { _ = fchown(descriptor, owner.user, owner.group) }
    }

    /// Gives a new folder to the owner of the one above it; a link in its place is not followed.
    static func give(_ path: String, _ folder: String) {
        if let owner = owner(of: folder) { _ = lchown(path, owner.user, owner.group) }
    }

    /// nil where nothing has to change hands: only root may give.
    private static func owner(of folder: String) -> (user: uid_t, group: gid_t)? {
        guard geteuid() == 0, let attributes = try? FileManager.default.attributesOfItem(atPath: folder),
            let user = attributes[.ownerAccountID] as? Int, let group = attributes[.groupOwnerAccountID] as? Int, user != 0
        else { return nil }
        return (uid_t(user), gid_t(group))
    }
}
