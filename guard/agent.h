#ifndef SWARMWALL_AGENT_H
#define SWARMWALL_AGENT_H

#include "sandbox.h"
#include "settings.h"

enum answer { GO, REFUSED, SILENT };

/* Asks the agent until it has answered or the time is over; it may be starting again meanwhile. */
enum answer ask_agent(const struct settings *settings, const char *container, const struct sandbox *sandbox, char *why,
                      int why_size);

#endif
