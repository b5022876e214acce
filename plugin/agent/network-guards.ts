import { access } from 'node:fs/promises';
import { auditsEverything } from '../../rules/administered-mode.ts';
import type { NetworkDelta, NetworkInfo } from '../../rules/network-policy.ts';
import type { SavedNumbering } from '../../rules/numbering.ts';
import { removeAll } from '../../rules/plan.ts';
import { monitorDrift, type DriftMonitor } from '../kernel/drift-monitor.ts';
import { openElementSession, type ElementSession } from '../kernel/element-session.ts';
import { executeSteps } from '../kernel/execute.ts';
import { identityOf, type Namespace } from '../kernel/namespace.ts';
import { listOwnTables } from '../kernel/observe.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import type { Converse } from '../process/converse.ts';
import type { Follow } from '../process/follow.ts';
import type { HeldPolicy } from './held-policy.ts';
import { entitledPorts } from './entitled-ports.ts';
import type { LocalFacts, LocalOverlay } from './local-facts.ts';
import { sortNetns } from './netns-folder.ts';
import { knowOverlayFiles } from './overlay-files.ts';
import { carryConnections } from './carry-connections.ts';
import { beyondUnsaved, numbersFrom } from './saved-numbers.ts';
import { guardNetwork, type NetworkGuard } from './network-guard.ts';
import { lookIntoSandboxes } from './sandboxes.ts';
import type { GuardView } from './starts/judge-start.ts';
import type { SeenStarts } from './starts/seen-starts.ts';

export interface NetworkGuardsOptions {
  readonly namespace: (file: string) => Namespace;
  readonly follow: Follow;
  readonly converse: Converse;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: HeldPolicy;
  /** What Docker has not told of yet. */
  readonly seen: Pick<SeenStarts, 'overlay'>;
  readonly saved: Readonly<Record<string, SavedNumbering>>;
  /** To be done before a namespace's program changes. */
  readonly ahead?: (one: GuardedFile) => Promise<void>;
  readonly onDrift: (what: string) => void;
  readonly onDirty: () => void;
}

export interface NetworkGuards {
  /**
   * Guards what the policy names among these files, before Docker is asked: with the ports that are known of an earlier
   * look, so that those who run already are not cut off until Docker has answered.
   */
  seeFiles(names: readonly string[], ports: readonly LocalOverlay[]): Promise<void>;
  /** Guards and frees what is here by what Docker says of it. */
  seeFacts(facts: LocalFacts): Promise<void>;
  /**
   * Makes the kernel hold all that is known of the ports in these files, as a start waits for it. False: one of them is to
   * be guarded, and is not yet.
   */
  placePorts(overlays: readonly LocalOverlay[]): Promise<boolean>;
  update(deltas: readonly NetworkDelta[]): void;
  distrust(): void;
  /** All of them, whatever fails; @throws the first fault. */
  apply(): Promise<void>;
  list(): readonly GuardedFile[];
  /** Of a namespace file; undefined: it is not guarded. */
  readonly view: (file: string) => GuardView | undefined;
  save(): Readonly<Record<string, SavedNumbering>>;
  stop(): void;
}

export interface GuardedFile {
  readonly file: string;
  readonly namespace: Namespace;
  readonly guard: NetworkGuard;
  /** Its namespace is newer than this agent. */
  readonly isNew: boolean;
}

/** Milliseconds in which a network gets its rules that has them from the start. */
const NEW = 10_000;

/** The guards of all overlay namespaces here: made when one appears, dropped with its file. */
export function guardNetworks(options: NetworkGuardsOptions): NetworkGuards {
  const { policy, clock, log } = options;
  const guards = new Map<
    string,
    GuardedFile & { readonly monitor: DriftMonitor; readonly elements: ElementSession }
  >();
  const known = knowOverlayFiles(clock, (file) => identityOf(options.namespace(file)));
  const numbers = new Map(Object.entries(options.saved));
  let files = sortNetns([]);
  /** What one network's first rules found in them the next one's need not look for. */
  let sandboxes = lookIntoSandboxes([]);

  function add(file: string, network: NetworkInfo): NetworkGuard {
    const namespace = options.namespace(file);
    const held = guards.get(file);
    if (held?.guard.network.id === network.id) return held.guard;
    if (held !== undefined) drop(file);
    const elements = openElementSession({ namespace, converse: options.converse, clock });
    const guard = guardNetwork({
      network,
      elements,
      namespace,
      log,
      saved: beyondUnsaved(numbers.get(network.id)),
      numbersFrom: numbersFrom(clock),
      onOwnChange: () => {
        guards.get(file)?.monitor.expect();
      },
      onDrift: options.onDrift,
      carry: async (ports) => {
        // What is new has nothing to carry over, and its tasks wait for their rules.
        if (clock.elapsed() - (known.of(file).since ?? Infinity) < NEW) return;
        await carryConnections({
          network,
          overlay: namespace,
          ports,
          log,
          files,
          sandboxes,
          namespace: options.namespace,
        });
      },
    });
    const named = policy.network(network.id);
    if (named !== undefined) guard.setPolicy(named);
    const monitor = monitorDrift({
      namespace,
      follow: options.follow,
      clock,
      concerns: (line) => / (inet|bridge) swarmwall\b/.test(line) || line.includes('flush ruleset'),
      onDrift: () => {
        guard.distrust();
        options.onDirty();
      },
    });
    const { since = -Infinity } = known.of(file);
    guards.set(file, { file, namespace, guard, monitor, elements, isNew: since > -Infinity });
    return guard;
  }

  function drop(file: string): void {
    const gone = guards.get(file);
    if (gone === undefined) return;
    numbers.set(gone.guard.network.id, gone.guard.save());
    gone.monitor.stop();
    gone.elements.stop();
    guards.delete(file);
  }

  async function enforce(one: GuardedFile): Promise<void> {
    await options.ahead?.(one);
    one.guard.setMode(auditsEverything(policy.settings) ? 'audit' : 'enforce');
    await one.guard.apply();
  }

  /** Nobody annotates it any more. */
  async function free(file: string): Promise<void> {
    const held = guards.get(file);
    drop(file);
    known.of(file).adopted = false;
    const namespace = options.namespace(file);
    await executeSteps(removeAll(await listOwnTables(namespace)), { namespace });
    log.info({ network: held?.guard.network.name, file }, 'no longer guarded');
  }

  /** Tables of an earlier agent, when no manager has said yet whether the network is annotated. */
  async function holdsTables(file: string): Promise<boolean> {
    const one = known.of(file);
    return (one.adopted ??= (await listOwnTables(options.namespace(file))).length > 0);
  }

  return {
    seeFiles: async (names, ports) => {
      files = sortNetns(names);
      for (const file of [...guards.keys()]) if (!names.includes(file)) drop(file);
      for (const file of await known.see(files.overlays.map(({ file }) => file))) {
        log.info({ file }, 'the namespace is another one now');
        drop(file);
      }
      sandboxes = lookIntoSandboxes(files.sandboxes.map(options.namespace));
      const ids = policy.networkIds();
      for (const { prefix, file } of files.overlays) {
        const [id, ...others] = ids.filter((each) => each.startsWith(prefix));
        const held = id === undefined || others.length > 0 ? undefined : policy.network(id);
        if (held === undefined || guards.has(file)) continue;
        const guard = add(file, held.network);
        const before = ports.find((overlay) => overlay.file === file && overlay.network.id === id);
        if (before !== undefined) guard.setPorts(entitledPorts(options.seen.overlay(before), policy));
      }
    },
    seeFacts: async (facts) => {
      for (const overlay of facts.overlays) {
        const { file, network, segment } = overlay;
        const annotated = policy.network(network.id) !== undefined;
        if (segment) known.of(file).segment = true;
        const adopt = !annotated && !segment && !policy.fresh && (await holdsTables(file));
        if (annotated || segment || adopt)
          add(file, network).setPorts(entitledPorts(options.seen.overlay(overlay), policy));
        else if (guards.has(file) || (policy.fresh && known.of(file).adopted === true)) await free(file);
      }
    },
    placePorts: async (overlays) => {
      const found = overlays.map(({ file }) => guards.get(file));
      const missing = overlays.some(
        ({ network, segment }, index) =>
          found[index]?.guard.network.id !== network.id &&
          (segment || policy.network(network.id) !== undefined),
      );
      if (missing) return false;
      await Promise.all(
        found.map(async (one, index) => {
          const overlay = overlays[index];
          if (one === undefined || overlay === undefined) return;
          one.guard.setPorts(entitledPorts(overlay, policy));
          await enforce(one);
        }),
      );
      return true;
    },
    update: (deltas) => {
      for (const delta of deltas)
        for (const { guard, file } of guards.values()) {
          if (guard.network.id !== delta.network) continue;
          if (delta.whole !== undefined) guard.setPolicy(delta.whole);
          // Else it is freed, once the facts have shown that it is not a segment.
          else if (delta.removed !== true || known.of(file).segment === true) guard.update(delta);
        }
    },
    distrust: () => {
      for (const { guard } of guards.values()) guard.distrust();
    },
    apply: async () => {
      const faults: unknown[] = [];
      await Promise.all(
        [...guards.values()].map(async (one) => {
          const { file, namespace } = one;
          try {
            await enforce(one);
          } catch (error) {
            // It went while we wrote: with it went what could cross it.
            if (namespace.path === undefined || (await isThere(namespace.path))) faults.push(error);
            else drop(file);
          }
        }),
      );
      if (faults.length > 0) throw faults[0];
    },
    list: () => [...guards.values()],
    view: (file) => {
      const guard = guards.get(file)?.guard;
      return guard && { denies: guard.state === 'applied', ports: guard.appliedPorts };
    },
    save: () => {
      for (const { guard } of guards.values()) numbers.set(guard.network.id, guard.save());
      const known = new Set([
        ...policy.networkIds(),
        ...[...guards.values()].map(({ guard }) => guard.network.id),
      ]);
      return Object.fromEntries([...numbers].filter(([id]) => known.has(id)));
    },
    stop: () => {
      for (const { monitor, elements } of guards.values()) {
        monitor.stop();
        elements.stop();
      }
    },
  };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
