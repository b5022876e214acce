#include "commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* `open 4095 ` and a path. */
#define LONGEST 8192

int read_commands(take_line take) {
    static char text[LONGEST];
    static size_t had;
    ssize_t more = read(STDIN_FILENO, text + had, sizeof text - had);
    if (more < 0) return errno == EINTR || errno == EAGAIN;
    if (more == 0) return 0;
    had += (size_t)more;
    char *line = text;
    for (char *end; (end = memchr(line, '\n', had - (size_t)(line - text))) != NULL; line = end + 1) {
        *end = '\0';
        take(line);
    }
    had -= (size_t)(line - text);
    memmove(text, line, had);
    return had < sizeof text;
}
