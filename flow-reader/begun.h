#ifndef SWARMWALL_BEGUN_H
#define SWARMWALL_BEGUN_H

#include "flow.h"

/* Connections that were let pass lately, by their watch, ends, protocol and port: the oldest are forgotten for new ones. */
void remember_begun(const struct flow_key *key);
int has_begun(const struct flow_key *key);

#endif
