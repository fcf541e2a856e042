// SPDX-License-Identifier: Apache-2.0
// Prints the results of a depthd box as they arrive over UDP. POSIX and C99, nothing else:
//
//     cc -Wall -Wextra -O2 subscribe.c -o subscribe
//     ./subscribe HOST [PORT [COUNT]]
//
// The protocol is described in docs/udp.md. Every length that comes from the network is checked before it is used.
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HELLO = 1, CHALLENGE, RESULT, DESCRIBE, SUBSCRIBE, ACCEPT, KEEPALIVE, BYE, PING, PONG, REFUSE };
enum { HEADER = 24, LONGEST = 1500 };

static int udp;
static uint32_t session;

static uint32_t number32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// A reader of CBOR: `ok` turns false at the first thing that is wrong, and stays so.
struct reader {
    const uint8_t *at, *end;
    bool ok;
};

// The kind (0 unsigned, 1 negative, 2 bytes, 3 text, 4 array, 5 map, 7 simple) and number of the next item.
static int head(struct reader *r, uint64_t *number) {
    *number = 0;
    if (!r->ok || r->at >= r->end) return r->ok = false, -1;
    int kind = *r->at >> 5, info = *r->at & 31;
    r->at++;
    if (info < 24) return *number = (uint64_t)info, kind;
    int width = 1 << (info - 24);
    if (info > 27 || r->end - r->at < width) return r->ok = false, -1;
    while (width-- > 0) *number = *number << 8 | *r->at++;
    return kind;
}

static uint64_t expect(struct reader *r, int kind) {
    uint64_t number;
    if (head(r, &number) != kind) r->ok = false;
    return r->ok ? number : 0;
}

// Bytes or text; NULL when it is not there.
static const uint8_t *run(struct reader *r, int kind, size_t *length) {
    uint64_t number = expect(r, kind);
    if (!r->ok || number > (uint64_t)(r->end - r->at)) return r->ok = false, *length = 0, NULL;
    const uint8_t *start = r->at;
    r->at += number;
    *length = (size_t)number;
    return start;
}

static void skip(struct reader *r, int depth) {
    uint64_t number;
    int kind = head(r, &number);
    if (depth == 0) r->ok = false;
    if (!r->ok) return;
    if (kind == 2 || kind == 3) {
        if (number > (uint64_t)(r->end - r->at)) r->ok = false;
        else r->at += number;
    } else if (kind == 4 || kind == 5) {
        if (number > (uint64_t)(r->end - r->at)) r->ok = false;
        for (uint64_t i = 0; r->ok && i < number * (kind == 5 ? 2 : 1); i++) skip(r, depth - 1);
    }
}

static bool is_text(const uint8_t *text, size_t length, const char *wanted) {
    return text && length == strlen(wanted) && memcmp(text, wanted, length) == 0;
}

static void send_message(int type, const uint8_t *body, size_t length, size_t padded) {
    uint8_t datagram[256] = {'D', 'P', 'T', 'H', 1, (uint8_t)type};
    for (int i = 0; i < 4; i++) datagram[8 + i] = (uint8_t)(session >> (24 - 8 * i));
    datagram[17] = 1;
    if (length) memcpy(datagram + HEADER, body, length);
    size_t total = HEADER + length;
    // A box that is being restarted makes this fail; the silence is noticed later.
    (void)!send(udp, datagram, total < padded ? padded : total, 0);
}

static void send_number(int type, const char *key, uint32_t value, size_t padded) {
    uint8_t body[32] = {0xA1, (uint8_t)(0x60 | strlen(key))};
    size_t length = 2 + strlen(key);
    memcpy(body + 2, key, strlen(key));
    body[length++] = 0x1A;
    for (int i = 0; i < 4; i++) body[length++] = (uint8_t)(value >> (24 - 8 * i));
    send_message(type, body, length, padded);
}

static void send_keepalive(uint32_t seen, uint32_t lost) {
    uint8_t body[21] = {0xA2, 0x64, 's', 'e', 'e', 'n', 0x1A, 0, 0, 0, 0, 0x64, 'l', 'o', 's', 't', 0x1A};
    for (int i = 0; i < 4; i++) {
        body[7 + i] = (uint8_t)(seen >> (24 - 8 * i));
        body[17 + i] = (uint8_t)(lost >> (24 - 8 * i));
    }
    send_message(KEEPALIVE, body, sizeof body, 0);
}

// Waits at most `wait` ms for a datagram of version 1; its length, or 0.
static size_t receive(uint8_t *datagram, int wait) {
    struct pollfd ready = {udp, POLLIN, 0};
    if (poll(&ready, 1, wait) <= 0) return 0;
    ssize_t length = recv(udp, datagram, LONGEST, 0);
    if (length < HEADER || memcmp(datagram, "DPTH\1", 5) != 0) return 0;
    return (size_t)length;
}

static bool read_cookie(const uint8_t *datagram, size_t length, const uint8_t *nonce, uint8_t *cookie) {
    struct reader r = {datagram + HEADER, datagram + length, true};
    bool mine = false, given = false;
    for (uint64_t pairs = expect(&r, 5); r.ok && pairs > 0; pairs--) {
        size_t key_length, value_length;
        const uint8_t *key = run(&r, 3, &key_length);
        if (is_text(key, key_length, "cookie")) {
            const uint8_t *value = run(&r, 2, &value_length);
            if ((given = value && value_length == 16)) memcpy(cookie, value, 16);
        } else if (is_text(key, key_length, "nonce")) {
            const uint8_t *value = run(&r, 2, &value_length);
            mine = value && value_length == 8 && memcmp(value, nonce, 8) == 0;
        } else {
            skip(&r, 8);
        }
    }
    return r.ok && mine && given;
}

// HELLO, CHALLENGE, SUBSCRIBE, ACCEPT, as often as it takes. Asks for every stream.
static void subscribe(void) {
    uint8_t datagram[LONGEST], nonce[8], body[64];
    FILE *random = fopen("/dev/urandom", "rb");
    if (!random || fread(nonce, 1, sizeof nonce, random) != sizeof nonce) exit(1);
    fclose(random);
    session = 0;
    bool have_cookie = false;
    for (int attempt = 0;; attempt++) {
        // A cookie is good for a minute at least; after ten tries a new one is asked for.
        if (attempt % 10 == 0) have_cookie = false;
        if (!have_cookie) {
            memcpy(body, "\xA1\x65nonce\x48", 8);
            memcpy(body + 8, nonce, 8);
            send_message(HELLO, body, 16, 64);
        } else {
            send_message(SUBSCRIBE, body, 40, 0);
        }
        int64_t until = milliseconds() + (attempt < 4 ? 200 << attempt : 2000);
        while (milliseconds() < until) {
            size_t length = receive(datagram, 50);
            if (!length) continue;
            if (datagram[5] == CHALLENGE && !have_cookie) {
                uint8_t cookie[16] = {0};
                if (!read_cookie(datagram, length, nonce, cookie)) continue;
                memcpy(body, "\xA2\x66" "cookie\x50", 9);
                memcpy(body + 9, cookie, 16);
                memcpy(body + 25, "\x65nonce\x48", 7);
                memcpy(body + 32, nonce, 8);
                have_cookie = true;
                break;
            }
            if (datagram[5] == ACCEPT && have_cookie) {
                session = number32(datagram + 8);
                return;
            }
            if (datagram[5] == REFUSE) {
                fprintf(stderr, "refused; is the box full?\n");
                exit(1);
            }
        }
    }
}

static void print_result(const uint8_t *datagram, size_t length) {
    struct reader r = {datagram + HEADER, datagram + length, true};
    if (expect(&r, 4) < 5) return;
    uint64_t frame = expect(&r, 0);
    expect(&r, 0);  // capture time
    uint64_t age = expect(&r, 0), total = expect(&r, 0), count = expect(&r, 4);
    if (!r.ok) return;
    printf("stream %d frame %" PRIu64 " age %" PRIu64 " us objects %" PRIu64 "\n", datagram[18] << 8 | datagram[19], frame, age, total);
    for (; count > 0; count--) {
        int64_t field[11] = {0};
        bool known = true;
        uint64_t fields = expect(&r, 4);
        for (int i = 0; i < 11; i++) {
            uint64_t number;
            int kind = head(&r, &number);
            if (kind == 7) known = false;  // null: the distance is not known
            else if (kind == 1) field[i] = -1 - (int64_t)number;
            else if (kind == 0) field[i] = (int64_t)number;
            else r.ok = false;
        }
        for (; r.ok && fields > 11; fields--) skip(&r, 8);
        if (!r.ok || fields < 11) return;
        printf("  #%" PRId64 " state %" PRId64 " label %" PRId64 " %.2f box %.3f %.3f %.3f %.3f at ", field[0], field[1], field[2],
               (double)field[3] / 255, (double)field[4] / 65535, (double)field[5] / 65535, (double)field[6] / 65535,
               (double)field[7] / 65535);
        if (known) printf("%" PRId64 " %" PRId64 " %" PRId64 " mm\n", field[8], field[9], field[10]);
        else printf("unknown\n");
    }
    fflush(stdout);
}

int main(int count_of_arguments, char **arguments) {
    if (count_of_arguments < 2) return fprintf(stderr, "usage: %s HOST [PORT [COUNT]]\n", arguments[0]), 2;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    if (getaddrinfo(arguments[1], count_of_arguments > 2 ? arguments[2] : "32170", &hints, &found) != 0)
        return fprintf(stderr, "%s: no such host\n", arguments[1]), 1;
    udp = socket(found->ai_family, SOCK_DGRAM, 0);
    // A connected socket receives from the box only.
    if (udp < 0 || connect(udp, found->ai_addr, found->ai_addrlen) != 0) return perror("socket"), 1;
    freeaddrinfo(found);
    long wanted = count_of_arguments > 3 ? atol(arguments[3]) : -1;
    while (wanted != 0) {
        uint8_t datagram[LONGEST];
        uint32_t newest = 0, lost = 0;
        bool first = true, lapsed = false;
        subscribe();
        printf("subscribed\n");
        fflush(stdout);
        int64_t heard = milliseconds(), asked = heard;
        while (wanted != 0 && !lapsed && milliseconds() - heard < 5000) {
            if (milliseconds() - asked > 5000 / 3) {
                asked = milliseconds();
                send_keepalive(newest, lost);
                send_number(PING, "t", (uint32_t)asked, 64);
                lost = 0;
            }
            size_t length = receive(datagram, 100);
            if (!length) continue;
            if (number32(datagram + 8) != session) {
                lapsed = datagram[5] == PONG;  // it is there but does not know us any more
                continue;
            }
            heard = milliseconds();
            if (datagram[5] == BYE) lapsed = true;
            if (datagram[5] != RESULT && datagram[5] != DESCRIBE) continue;
            uint32_t step = first ? 1 : number32(datagram + 12) - newest;
            if (step > 0 && step < 0x80000000u) {
                newest = number32(datagram + 12);
                lost += step - 1;
                first = false;
            }
            if (datagram[5] == RESULT) {
                print_result(datagram, length);
                if (wanted > 0) wanted--;
            }
        }
    }
    send_message(BYE, NULL, 0, 0);
    return 0;
}
