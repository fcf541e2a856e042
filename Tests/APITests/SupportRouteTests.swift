// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Synchronization
import Testing

/// The support bundle and the greeting, over HTTP.
@Suite(.timeLimit(.minutes(1)))
struct SupportRouteTests {
    /// Hands out one file at a time.
    private final class FakeSupport: SupportService {
        let isTaken = Mutex(false)
        let made = Mutex(0)

        final class Lease: Sendable {
            let scheduler: FakeSupport
            init(_ scheduler: FakeSupport) { self.scheduler = scheduler }
            deinit { scheduler.isTaken.withLock { $0 = false } }
        }

        func take() throws(SupportRefusal) -> Lease {
            let isFree = isTaken.withLock { taken in
                defer { taken = true }
                return !taken
            }
            guard isFree else { throw .busy }
            return Lease(self)
        }

        func findings() async throws(SupportRefusal) -> [UInt8] {
            _ = try take()
            return Array("[]".utf8)
        }

        func bundle() async throws(SupportRefusal) -> SupportFile {
            let lease = try take()
            made.withLock { $0 += 1 }
            return SupportFile(name: "depthd-support-fake.tar.gz", bytes: Array("bytes".utf8), lease: lease)
        }
    }

    @Test func theBundleIsAFileWithAName() async throws {
        try await RunningServer.with(FakeAppliance([]), support: FakeSupport()) { server in
            let reply = try await server.fetch("/api/v1/support")
            #expect(reply.status == 200)
            #expect(reply.fields["content-type"] == "application/gzip")
            #expect(reply.fields["content-disposition"] == "attachment; filename=\"depthd-support-fake.tar.gz\"")
            #expect(reply.fields["cache-control"] == "no-store")
            #expect(reply.body == Array("bytes".utf8))
            #expect(try await server.fetch("/api/v1/doctor").body == Array("[]".utf8))
        }
    }

    @Test func onlyOneIsMadeAtATimeAndAHEADGivesItsTurnBack() async throws {
        let support = FakeSupport()
        try await RunningServer.with(FakeAppliance([]), support: support) { server in
            #expect(try await server.fetch("/api/v1/support", method: "HEAD").status == 200)
            await until { !support.isTaken.withLock { $0 } }
            let mine = try support.take()
            for path in ["/api/v1/support", "/api/v1/doctor"] {
                let busy = try await server.fetch(path)
                #expect(busy.status == 503)
                #expect(busy.refusal[0] == "too_many_bundles")
                #expect(Int(busy.fields["retry-after"] ?? "") ?? 0 > 0)
            }
            withExtendedLifetime(mine) {}
        }
        #expect(support.made.withLock { $0 } == 1)
    }

    @Test func theRulesForVisitorsHoldHereToo() async throws {
        try await RunningServer.with(FakeAppliance([]), support: FakeSupport()) { server in
            let foreign = ["Origin: https://elsewhere.example"]
            #expect(try await server.fetch("/api/v1/welcome", method: "DELETE", headers: foreign).status == 403)
            let readable = try await server.fetch("/api/v1/support", headers: foreign)
            #expect(readable.fields["access-control-allow-origin"] == nil)
            #expect(try await server.fetch("/api/v1/support", method: "POST").status == 405)
        }
        let none = try await RunningServer.with(FakeAppliance([])) { try await $0.fetch("/api/v1/support") }
        #expect(none.status == 503)
    }

    @Test func theGreetingIsThereUntilItIsDismissed() async throws {
        try await RunningServer.with(FakeAppliance([])) { server in
            let welcome = try await server.fetch("/api/v1/status").object["welcome"] as? [String: Any]
            #expect(welcome?["dashboards"] as? [String] == ["http://fake.local:8080/"])
            #expect(welcome?["doors"] as? [String: Int] == ["http": 8080])
            #expect(welcome?["card"] == nil)
            #expect(try await server.fetch("/api/v1/welcome", method: "DELETE").status == 204)
            #expect(try await server.fetch("/api/v1/status").object["welcome"] == nil)
            #expect(try await server.fetch("/api/v1/welcome", method: "DELETE").status == 204)
        }
    }
}
