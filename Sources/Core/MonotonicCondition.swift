// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A mutex with a condition that measures its deadlines on the monotonic clock, so that a step of the system clock
/// (time synchronisation a minute after boot) can neither hang nor hurry a waiting thread.
///
/// `@unchecked Sendable`: the two pthread objects are made for being shared and never move.
package final class MonotonicCondition: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    package func lock() { pthread_mutex_lock(mutex) }
    package func unlock() { pthread_mutex_unlock(mutex) }
    package func broadcast() { pthread_cond_broadcast(condition) }
    package func wait() { pthread_cond_wait(condition, mutex) }

    /// Waits until woken or until `deadline`; false when the deadline has passed.
    package func wait(until deadline: Timestamp) -> Bool {
        var time = timespec(
            tv_sec: time_t(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
    }
}
