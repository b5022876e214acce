#include "output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST_BYTES (4 << 20)

static char waiting[MOST_BYTES];
static size_t from, to;

int has_room(size_t lines) {
    if (from > 0) {
        memmove(waiting, waiting + from, to - from);
        to -= from;
        from = 0;
    }
    return (MOST_BYTES - to) / LONGEST_LINE > lines;
}

void say(const char *format, ...) {
    va_list values;
    va_start(values, format);
    int wanted = vsnprintf(waiting + to, MOST_BYTES - to, format, values);
    va_end(values);
    if (wanted > 0 && (size_t)wanted < MOST_BYTES - to) to += (size_t)wanted;
}

int write_waiting(void) {
    while (from < to) {
        ssize_t more = write(STDOUT_FILENO, waiting + from, to - from);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return errno == EAGAIN ? 1 : -1;
        from += (size_t)more;
    }
    from = to = 0;
    return 0;
}
