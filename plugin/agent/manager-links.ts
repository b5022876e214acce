import type { TLSSocket } from 'node:tls';
import type { ControllerLink } from '../api/types.ts';
import type { Fault } from '../fault.ts';
import type { Clock } from '../process/clock.ts';
import type { AgentMessage, ControllerMessage, NodeReport } from '../protocol.ts';
import type { FlowUplink } from './flows/flow-uplink.ts';
import { linkManager, type ManagerLink } from './manager-link.ts';

export interface ManagerLinksOptions {
  readonly clock: Clock;
  readonly port: number;
  readonly connect: (host: string) => Promise<TLSSocket>;
  readonly hello: () => AgentMessage;
  /** From the one manager that policy is taken from. */
  readonly onPolicy: (message: Extract<ControllerMessage, { type: 'snapshot' | 'delta' }>) => void;
  readonly onAuthz: (message: Extract<ControllerMessage, { type: 'authz' }>) => void;
  readonly onChange: (what: string, address: string, fault?: Fault) => void;
  /** Every manager is told of flows, and may ask for them; absent: this agent has none. */
  readonly flows?: Pick<FlowUplink, 'up' | 'down' | 'take'>;
}

export interface ManagerLinks {
  /** The hosts of the managers there are now: links are made and ended to match. */
  setManagers(hosts: readonly string[]): void;
  /** `revision` inside is of the subscribed manager; the others are told 0. */
  report(report: NodeReport): void;
  /** To the manager that policy is taken from: a task is about to start that it has not told of. */
  starting(): void;
  status(): readonly ControllerLink[];
  stop(): void;
}

/** Reports to every manager, takes policy from one, and moves to the next when that one is lost. */
export function linkManagers(options: ManagerLinksOptions): ManagerLinks {
  const links = new Map<string, ManagerLink>();
  let subscribed: string | undefined;
  let last: NodeReport | undefined;

  function addressOf(host: string): string {
    return `${host.includes(':') ? `[${host}]` : host}:${String(options.port)}`;
  }

  function tell(link: ManagerLink): void {
    if (last === undefined) return;
    const own = link.address === subscribed;
    const report = own ? last : { ...last, health: { ...last.health, revision: 0 } };
    link.send({ type: 'report', report });
  }

  function subscribeNext(): void {
    // A manager that knows nothing of this node yet would send it nothing.
    if (subscribed !== undefined || last === undefined) return;
    const next = [...links.values()].find((link) => link.status().state === 'connected');
    if (next === undefined) return;
    subscribed = next.address;
    next.send({ type: 'subscribe' });
    options.onChange('subscribed', next.address);
  }

  function lose(address: string): void {
    if (subscribed === address) subscribed = undefined;
    subscribeNext();
  }

  return {
    setManagers: (hosts) => {
      for (const [address, link] of links)
        if (!hosts.some((host) => addressOf(host) === address)) {
          links.delete(address);
          link.stop();
          lose(address);
        }
      for (const host of hosts) {
        const address = addressOf(host);
        if (!links.has(address))
          links.set(
            address,
            linkManager({
              address,
              clock: options.clock,
              connect: () => options.connect(host),
              hello: options.hello,
              onUp: (link) => {
                options.onChange('connected', address);
                options.flows?.up(link);
                tell(link);
                subscribeNext();
              },
              onDown: (link, fault) => {
                options.flows?.down(link);
                options.onChange('lost', address, fault);
                lose(address);
              },
              onMessage: (link, message) => {
                if (message.type === 'flows-taken' || message.type === 'flow-query')
                  options.flows?.take(link, message);
                if (address !== subscribed) return;
                if (message.type === 'authz') options.onAuthz(message);
                else if (message.type === 'snapshot' || message.type === 'delta') options.onPolicy(message);
              },
            }),
          );
      }
    },
    report: (report) => {
      last = report;
      for (const link of links.values()) tell(link);
      subscribeNext();
    },
    starting: () => {
      if (subscribed !== undefined)
        [...links.values()].find(({ address }) => address === subscribed)?.send({ type: 'starting' });
    },
    status: () =>
      [...links.values()].map((link) => ({ ...link.status(), subscribed: link.address === subscribed })),
    stop: () => {
      for (const link of links.values()) link.stop();
      links.clear();
    },
  };
}
