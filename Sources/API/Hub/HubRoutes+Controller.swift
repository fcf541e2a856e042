// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Tasks

extension RouteContext {
    /// The hub's PLC inputs and outputs. The box has no such hardware, and answers as the original does without it: lists are
    /// empty. A circuit is unknown, whichever it is.
    var controllerRoutes: [Route] {
        let types = ["ai", "ao", "di", "do", "led", "owpower", "owbus", "register"]
        let readable = ["ro", "sensor", "watchdog", "modbus_slave", "data_point", "device_info"]
        var routes = [hub(.get, "/controller") { _ in JSONResponse.json(JSONValue.array([])) }]
        for type in types + readable {
            routes.append(hub(.get, "/controller/\(type)") { _ in JSONResponse.json(JSONValue.array([])) })
        }
        for type in types {
            routes.append(hub(.get, "/controller/\(type)/{circuit}") { _ in throw HubProblem.unknown })
            routes.append(
                hub(.post, "/controller/\(type)/{circuit}") { request in
                    _ = try await HubBody.read(request)
                    throw HubProblem.unknown
                })
        }
        return routes
    }
}
