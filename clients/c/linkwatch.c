// SPDX-License-Identifier: Apache-2.0
// A client of the depthai link in one file: shows what a box sends. All it knows is docs/depthai-link.md.
//
//     cc -O2 -o linkwatch linkwatch.c
//     ./linkwatch box.local 20 depth left        20 packets of these streams, a line for each
//     ./linkwatch /run/depthd/depthai.sock 1 depth > picture.pgm
//
// With its output in a file or a pipe the last picture is written there as PGM (depth: 16 bits, millimetres).
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HELLO = 1, CREATE = 2, WELCOME = 65, CREATED = 66, REFUSED = 67, PACKET = 68, GAP = 71 };
enum { HEADER_BYTES = 16, METADATA_BYTES = 56, LONGEST = 32 << 20 };

struct header {
    uint8_t kind, stream;
    uint16_t flags;
    uint32_t number, length;
};

static void stop(const char *what) {
    fprintf(stderr, "linkwatch: %s\n", what);
    exit(1);
}

static uint32_t u32(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static uint64_t u64(const uint8_t *bytes) { return u32(bytes) | (uint64_t)u32(bytes + 4) << 32; }

static int connect_to(const char *place) {
    if (place[0] == '/') {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        if (strlen(place) >= sizeof address.sun_path) stop("the path is too long");
        strcpy(address.sun_path, place);
        int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
        if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) stop(strerror(errno));
        return descriptor;
    }
    char host[256];
    const char *colon = strrchr(place, ':');
    snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - place) : 255, place);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (getaddrinfo(host, colon ? colon + 1 : "11480", &hints, &list)) stop("nobody knows that host");
    for (struct addrinfo *entry = list; entry; entry = entry->ai_next) {
        int descriptor = socket(entry->ai_family, SOCK_STREAM, 0);
        if (descriptor >= 0 && connect(descriptor, entry->ai_addr, entry->ai_addrlen) == 0) {
            freeaddrinfo(list);
            return descriptor;
        }
        if (descriptor >= 0) close(descriptor);
    }
    stop("no box answers there");
    return -1;
}

static void read_all(int descriptor, uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t got = recv(descriptor, bytes, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) stop("the box ended the connection");
        bytes += got;
        count -= (size_t)got;
    }
}

static void send_text(int descriptor, uint8_t kind, uint32_t number, const char *text) {
    uint32_t length = (uint32_t)strlen(text);
    uint8_t header[HEADER_BYTES] = {'D', 'A', 'I', '1', kind};
    for (int index = 0; index < 4; index++) {
        header[8 + index] = (uint8_t)(number >> 8 * index);
        header[12 + index] = (uint8_t)(length >> 8 * index);
    }
    if (send(descriptor, header, sizeof header, MSG_NOSIGNAL) != sizeof header ||
        send(descriptor, text, length, MSG_NOSIGNAL) != (ssize_t)length)
        stop("the box takes nothing");
}

// Reads a message into `payload`, which is made larger where it has to be, and ended with a NUL.
static struct header next(int descriptor, uint8_t **payload) {
    uint8_t bytes[HEADER_BYTES];
    read_all(descriptor, bytes, sizeof bytes);
    struct header header = {bytes[4], bytes[5], (uint16_t)(bytes[6] | bytes[7] << 8), u32(bytes + 8), u32(bytes + 12)};
    if (memcmp(bytes, "DAI1", 4) || header.length > LONGEST) stop("that is not the depthai link");
    uint8_t *room = realloc(*payload, header.length + 1);
    if (!room) stop("no memory");
    *payload = room;
    read_all(descriptor, room, header.length);
    room[header.length] = 0;
    return header;
}

static void write_picture(const uint8_t *payload, uint32_t size, const uint8_t *metadata) {
    uint32_t height = u32(metadata + 4), width = u32(metadata + 8), bytes = u32(metadata + 16);
    if (bytes < 1 || bytes > 2 || (uint64_t)width * height * bytes != size) stop("the last packet is no grey picture");
    printf("P5\n%u %u\n%u\n", width, height, bytes == 2 ? 65535u : 255u);
    for (uint32_t pixel = 0; pixel < width * height; pixel++) {
        // A PGM has the higher byte first.
        if (bytes == 2) putchar(payload[2 * pixel + 1]);
        putchar(payload[bytes * pixel]);
    }
}

int main(int count, char **words) {
    if (count < 4) stop("HOST[:PORT] or SOCKET, how many packets, then the streams");
    char streams[1024] = "";
    for (int index = 3; index < count; index++) {
        size_t used = strlen(streams);
        if (strpbrk(words[index], "\"\\")) stop("no stream has such a name");
        snprintf(streams + used, sizeof streams - used, "%s{\"name\":\"%s\"}", index > 3 ? "," : "", words[index]);
    }
    char create[1100];
    snprintf(create, sizeof create, "{\"streams\":[%s]}", streams);

    int descriptor = connect_to(words[1]);
    uint8_t *payload = NULL;
    send_text(descriptor, HELLO, 1, "{\"protocol\":1,\"client\":\"linkwatch\",\"device\":\"\"}");
    long wanted = atol(words[2]), seen = 0;
    while (seen < wanted) {
        struct header header = next(descriptor, &payload);
        if (header.kind == WELCOME) send_text(descriptor, CREATE, 2, create);
        if (header.kind == REFUSED || header.kind == GAP) fprintf(stderr, "linkwatch: %s\n", (char *)payload);
        if (header.kind == REFUSED) return 1;
        if (header.kind != PACKET || header.length < METADATA_BYTES || !(header.flags & 1)) continue;
        uint32_t size = header.length - METADATA_BYTES;
        const uint8_t *metadata = payload + size;
        const char *name = header.stream < count - 3 ? words[3 + header.stream] : "?";
        fprintf(stderr, "%s: %u bytes, %ux%u, exposure %u at %llu.%09llu s\n", name, size, u32(metadata + 8), u32(metadata + 4),
                u32(metadata + 28), (unsigned long long)u64(metadata + 32), (unsigned long long)u64(metadata + 40));
        if (++seen == wanted && !isatty(STDOUT_FILENO)) write_picture(payload, size, metadata);
    }
    free(payload);
    close(descriptor);
    return 0;
}
