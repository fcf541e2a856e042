// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Pipeline
import Tasks

/// `server/mesh/…`: the box works alone and says so.
extension CodeProjectRoutes {
    static let meshRoutes: [ServerRoute] = [
        .get("server/mesh/summary") { room, _ in room.meshSummary() },
        .get("server/mesh/status") { room, _ in room.meshSummary() },
        .post("server/mesh/{setting}") { room, _ in room.noMesh() },
        .post("server/mesh/register/{host}") { room, _ in room.noMesh() },
    ]

    private func meshSummary() -> Response {
        let routes = parts.desk.table.routes
        let local: JSONObject = [
            "callableHostname": .string(box.status().host), "isLocalServer": .bool(true), "isActive": .bool(false),
            "status": .object(["hostname": .string(box.status().host), "enabledRoutes": .array(routes.map { .string($0) })]),
        ]
        return serverAnswer([
            "localServer": .object(local), "serverInfos": .array([.object(local)]),
            "summary": "The mesh is off: this server answers every request itself",
        ])
    }

    private func noMesh() -> Response {
        serverRefusal("this server takes no part in a mesh")
    }
}
