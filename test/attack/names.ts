import type { Attack } from './attack.ts';
import { dialling } from './world/arrival.ts';
import { ask } from './world/names.ts';
import { CLIENT, PORT, STRANGER } from './world/stack.ts';
import type { World } from './world/world.ts';

interface Asking {
  readonly name: string;
  readonly does: string;
  readonly stoppedBy: string;
  /** What it asks for; `server`: else the one that its service has. */
  readonly asks: string;
  readonly server?: string;
  /** Where it connects then. */
  readonly to?: (world: World) => { readonly address: string; readonly port: number };
}

const stranger = () => ({ address: STRANGER, port: PORT.outside.allowed });

/** A task that may leave by names asks for one, and connects to an address that none of its names has. */
const asking = ({ name, does, stoppedBy, asks, server = CLIENT, to = stranger }: Asking): Attack => ({
  ...{ name, does, stoppedBy },
  area: 'names',
  from: 'a service that may leave by names',
  attempt: async (world) => {
    const source = world.on('named', world.one);
    await ask(source, server, asks);
    return dialling(source.wire, { protocol: 'tcp', ...to(world) }, world.token(), async () => {
      await ask(source, CLIENT, 'api.example.com');
      await world.answered(source.wire, world.outside, { address: CLIENT, port: PORT.outside.allowed });
    });
  },
});

const OWN_CHAIN = 'of an answer only what leads from the question to addresses is taken';

export const NAMES: readonly Attack[] = [
  asking({
    name: 'a name that is not listed',
    does: 'asks for a name that its policy does not list, and connects to its address',
    stoppedBy: 'other names are answered, and open nothing',
    asks: 'other.example',
  }),
  asking({
    name: 'an answer that speaks of another name',
    does: 'asks for a name of its own, whose server says besides that a listed name has the address of a friend outside',
    stoppedBy: OWN_CHAIN,
    asks: 'tells.example',
  }),
  asking({
    name: 'an alias to a listed name',
    does: 'asks for a name of its own that is an alias of a listed one, with a false address for that in the same answer',
    stoppedBy: 'what counts is the name that was asked for, not where it leads',
    asks: 'points.example',
  }),
  asking({
    name: 'a chain of aliases that does not hold together',
    does: 'asks for a listed name whose alias leads nowhere, beside an address of yet another listed name',
    stoppedBy: OWN_CHAIN,
    asks: 'apart.example.org',
  }),
  asking({
    name: 'DNS rebinding',
    does: 'has a listed name point at a node of the Swarm, and connects to a port that the node publishes for others',
    stoppedBy: 'no name leads to nodes, overlays, docker_gwbridge, link-local or metadata addresses',
    asks: 'rebound.example.org',
    to: ({ two }) => ({ address: two.address, port: PORT.edge.published }),
  }),
  asking({
    name: 'an answer of thousands',
    does: 'has a listed name give more addresses than a service may have, a friend outside among them',
    stoppedBy: 'beyond 1,024 addresses the answer is a failure, and opens nothing',
    asks: 'huge.example.org',
  }),
  asking({
    name: 'a DNS server of its own',
    does: 'asks a server outside that says of a listed name what it was told to',
    stoppedBy: "the service's own servers are asked, whichever the task chose",
    asks: 'api.example.com',
    server: STRANGER,
  }),
];
