// SPDX-License-Identifier: Apache-2.0
import API
import Logging
import ServiceLifecycle

extension Daemon {
    /// The port on which programs expect CodeProject.AI; nil for none.
    func codeProjectServer(
        _ appliance: ApplianceController, _ tasks: TaskServer, onOpen: @escaping @Sendable () -> Void
    ) -> ReplaceableServer<Int?> {
        let (http, logger) = (httpSettings, self.logger)
        return ReplaceableServer(settings.codeProject.ownPort, onOpen: onOpen) { port, fail in
            guard let port else {
                appliance.opened("codeproject", port: nil)
                return nil
            }
            let (ports, listening) = AsyncThrowingStream.makeStream(of: Int.self)
            let server = HTTPServer(
                settings: http.codeProject(port: port), appliance: appliance, codeProject: { tasks.parts }, logger: logger
            ) { listening.yield($0) }
            let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
            let run = Task {
                do {
                    try await group.run()
                    listening.finish()
                } catch {
                    listening.finish(throwing: error)
                    throw error
                }
            }
            // Until it listens, its error is that of the opening.
            for try await port in ports {
                appliance.opened("codeproject", port: port)
                logger.notice("CodeProject.AI answers", metadata: ["port": "\(port)"])
                break
            }
            let watch = Task {
                do { try await run.value } catch { fail(error) }
            }
            return {
                await group.triggerGracefulShutdown()
                await watch.value
            }
        }
    }
}
