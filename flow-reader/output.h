#ifndef SWARMWALL_OUTPUT_H
#define SWARMWALL_OUTPUT_H

#include <stddef.h>

#define LONGEST_LINE 256

/* Whether so many lines fit in what waits to be taken. */
int has_room(size_t lines);

__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Writes what stdout takes now. Returns 1 while something waits, 0 when all is written, -1 when nobody reads any more. */
int write_waiting(void);

#endif
