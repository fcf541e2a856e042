// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Tasks

/// `module/…` and `model/…`: what is there. Nothing can be installed this way: all modules are part of depthd, and models
/// are the owner's to choose.
extension CodeProjectRoutes {
    static let moduleRoutes: [ServerRoute] = [
        .get("module/list") { routes, _ in routes.modules(routes.parts.scheduler.table.modules) },
        .get("module/list/installed") { routes, _ in routes.modules(routes.parts.scheduler.table.modules) },
        .get("module/list/available") { routes, _ in routes.modules([]) },
        .get("module/list/running") { routes, _ in
            routes.modules(routes.parts.scheduler.table.modules.filter { routes.state(of: $0) == "Started" })
        },
        .get("module/list/explorer-html") { routes, _ in routes.modules([]) },
        .get("module/list/status") { routes, _ in routes.moduleStatuses() },
        .post("module/install/{module}/{version}") { routes, call in routes.notInstallable(call) },
        .post("module/uninstall/{module}") { routes, call in routes.notInstallable(call) },
        .post("module/upload") { routes, call in routes.notInstallable(call) },
        .get("module/install/{module}/log") { routes, _ in routes.serverAnswer(["data": ""]) },
        .get("model/list/downloadable") { routes, _ in routes.serverAnswer(["models": .object([:])]) },
        .post("model/download/{module}/{file}/{folder}") { routes, call in
            routes.serverRefusal("models are installed with `depthd models install`, or at /api/v1/models")
        },
    ]

    private func modules(_ modules: [TaskModule]) -> Response {
        serverAnswer(["modules": .array(modules.map { .object(description(of: $0)) })])
    }

    private func description(of module: TaskModule) -> JSONObject {
        let routes = parts.scheduler.table.entries.filter { $0.job.module == module }.map(\.route).sorted()
        return [
            "moduleId": .string(module.id), "name": .string(module.name), "version": .string(parts.version),
            "publishingInfo": .object(["author": "depthd", "license": "Apache-2.0", "homepage": ""]),
            "installOptions": .object(["preInstalled": .bool(true)]), "downloadUrl": "",
            "status": .string(parts.modules.isActive(module) ? "Installed" : "Stopped"), "isDownloadable": .bool(false),
            "downloads": .array([]), "latestCompatibleRelease": .null, "currentlyInstalled": .string(parts.version),
            "updateAvailable": .bool(false), "launchSettings": .object(["queue": .string(module.queue)]),
            "routeMaps": .array(routes.map { .object(["route": .string($0), "method": "POST"]) }),
            "uiElements": .object(["explorerUI": .object([:]), "menus": .array([])]),
        ]
    }

    private func notInstallable(_ call: RouteRequest) -> Response {
        serverRefusal("modules are part of depthd and can be neither added nor removed")
    }

    /// The module a client names, in any case.
    func module(_ id: String) -> TaskModule? {
        parts.scheduler.table.modules.first { $0.id.lowercased() == id.lowercased() }
    }
}
