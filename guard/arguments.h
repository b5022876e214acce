#ifndef SWARMWALL_ARGUMENTS_H
#define SWARMWALL_ARGUMENTS_H

enum action {
    PASS,      /* starts nothing that is not started yet */
    HOLD,      /* `start` */
    UNHELD,    /* `run`, `restore`: a process runs before anybody can be asked */
    UNREADABLE /* which of these it is can't be told */
};

struct arguments {
    enum action action;
    const char *container; /* of HOLD; NULL where there is none */
    const char *log;       /* runc's log, where the caller looks for the reason; or NULL */
};

/* runc's global options, then the subcommand, as urfave/cli reads them. */
struct arguments read_arguments(int count, char *const *words);

/* A name that runc takes for a container, and that is safe in a path and in a message. */
int is_container(const char *text);

#endif
