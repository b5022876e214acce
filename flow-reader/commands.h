#ifndef SWARMWALL_COMMANDS_H
#define SWARMWALL_COMMANDS_H

/* One whole line of stdin, without its end. */
typedef void (*take_line)(char *line);

/* Returns 0 when nobody will say anything more. */
int read_commands(take_line take);

#endif
