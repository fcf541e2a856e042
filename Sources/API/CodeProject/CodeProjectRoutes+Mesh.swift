// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Pipeline
import Tasks

/// `server/mesh/…`: the box works alone and says so.
extension CodeProjectRoutes {
    static let meshRoutes: [ServerRoute] = [
        .get("server/mesh/summary") { routes, _ in routes.meshSummary() },
        .get("server/mesh/status") { routes, _ in routes.meshSummary() },
        .post("server/mesh/{setting}") { routes, _ in routes.noMesh() },
        .post("server/mesh/register/{host}") { routes, _ in routes.noMesh() },
    ]

    private func meshSummary() -> Response {
        let routes = parts.scheduler.table.routes
        let local: JSONObject = [
            "callableHostname": .string(appliance.status().host), "isLocalServer": .bool(true), "isActive": .bool(false),
            "status": .object(["hostname": .string(appliance.status().host), "enabledRoutes": .array(routes.map { .string($0) })]
            ),
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
