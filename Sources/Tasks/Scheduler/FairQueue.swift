// SPDX-License-Identifier: Apache-2.0

/// A bounded queue that serves its clients in turn, so that one who asks a hundred times waits behind himself and not
/// before the others. Pure; a scheduler guards it.
package struct FairQueue<Element> {
    /// Elements that may wait in all.
    package let capacity: Int
    /// Elements that may wait for one client.
    package let capacityPerClient: Int
    /// What the waiting elements may weigh together. One that is heavier than that alone may wait alone.
    package let capacityWeight: Int

    package private(set) var count = 0
    package private(set) var weight = 0
    /// First in, first out for each client who waits.
    private var waiting: [String: [(element: Element, weight: Int)]] = [:]
    /// Clients with waiting elements, the next to be served first.
    private var turn: [String] = []

    package init(capacity: Int, capacityPerClient: Int, capacityWeight: Int = .max) {
        precondition(capacity > 0 && capacityPerClient > 0)
        self.capacityWeight = capacityWeight
        self.capacity = capacity
        self.capacityPerClient = capacityPerClient
    }

    /// False when the queue, or the client's share of it, is full.
    package mutating func add(_ element: Element, client: String, weight added: Int = 0) -> Bool {
        let own = waiting[client]?.count ?? 0
        let isLight = added <= capacityWeight - weight || count == 0
        guard count < capacity, own < capacityPerClient, isLight else { return false }
        if own == 0 { turn.append(client) }
        waiting[client, default: []].append((element, added))
        count += 1
        weight += added
        return true
    }

    /// The oldest element of the client whose turn it is.
    package mutating func take() -> Element? {
        guard let client = turn.first, var own = waiting[client], !own.isEmpty else { return nil }
        turn.removeFirst()
        let (element, removed) = own.removeFirst()
        count -= 1
        weight -= removed
        if own.isEmpty {
            waiting[client] = nil
        } else {
            waiting[client] = own
            turn.append(client)
        }
        return element
    }

    /// Takes out every element that `matches`; the others keep their order and turn.
    package mutating func remove(where matches: (Element) -> Bool) {
        for client in turn {
            let left = (waiting[client] ?? []).filter { !matches($0.element) }
            waiting[client] = left.isEmpty ? nil : left
        }
        turn.removeAll { waiting[$0] == nil }
        count = waiting.values.reduce(0) { $0 + $1.count }
        weight = waiting.values.joined().reduce(0) { $0 + $1.weight }
    }
}
