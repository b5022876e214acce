import { Fault } from '../fault.ts';
import type { Clock } from '../process/clock.ts';
import { nameEnginesOwn } from './daemon-runtime.ts';
import type { GuardInstall } from './guard-install.ts';
import type { NodeEngine, NodeHost } from './node-host.ts';
import { PLUGIN_NAME } from './node-step.ts';
import type { NodeFacts, NodeStep } from './node-step.ts';
import { isListed } from './plan-node.ts';

export interface NodeWorld {
  readonly host: NodeHost;
  readonly engine: NodeEngine;
  readonly guard: GuardInstall;
  readonly clock: Clock;
  /** Takes the rules out of the kernel. */
  readonly release: () => Promise<unknown>;
}

/** dockerd reads its settings again in milliseconds; a busy one may take longer. */
const RELOAD_WITHIN = 15_000;
const LOOK_EVERY = 200;

export async function readNodeFacts({
  host,
  engine,
  guard,
}: Pick<NodeWorld, 'host' | 'engine' | 'guard'>): Promise<NodeFacts> {
  return {
    path: engine.settings,
    settings: await host.readFile(engine.settings),
    record: await host.readRecord(),
    plugin: await host.plugin(),
    asked: await host.asked(),
    dataRoot: engine.dataRoot,
    flag: engine.argv.some((word) => /^--authorization-plugin(=|$)/u.test(word)),
    guard: await guard.facts(engine),
  };
}

/** One after the other. When the engine does not take new settings, it gets the old ones back. */
export async function executeNodeSteps(
  steps: readonly NodeStep[],
  world: NodeWorld,
  facts: NodeFacts,
  onDone: (step: NodeStep) => void,
): Promise<void> {
  let written: (NodeStep & { kind: 'settings' }) | undefined;
  for (const step of steps) {
    try {
      await execute(step, world);
    } catch (error) {
      if (written !== undefined && step.kind === 'reload') await putBack(written.path, facts, world);
      throw error;
    }
    if (step.kind === 'settings') written = step;
    onDone(step);
  }
}

/** Unless they name a plugin that is not enabled: such an engine ends, or does not start again. */
async function putBack(path: string, facts: NodeFacts, world: NodeWorld): Promise<void> {
  const { host, engine } = world;
  const { settings, guard } = facts;
  if (isListed(settings) !== false && (await host.plugin()) !== 'enabled') return;
  const told = nameEnginesOwn(settings?.toString('utf8'));
  if ('text' in told && guard.runtime === 'runc') {
    await host.writeFile(path, Buffer.from(told.text));
    host.hangUp(engine.pid);
    await until(world, async () => (await world.guard.runtime()) === guard.runtime);
  }
  await host.writeFile(path, settings);
  host.hangUp(engine.pid);
}

async function execute(step: NodeStep, world: NodeWorld): Promise<void> {
  const { host } = world;
  switch (step.kind) {
    case 'install-plugin': {
      const options = ['--grant-all-permissions', '--alias', PLUGIN_NAME];
      await host.docker(['plugin', 'install', ...options, step.reference, ...step.settings]);
      return;
    }
    case 'enable-plugin':
      await host.docker(['plugin', 'enable', PLUGIN_NAME]);
      return;
    case 'remember':
      await host.writeRecord(step.record);
      return;
    case 'settings':
      await host.writeFile(step.path, step.bytes);
      return;
    case 'reload':
      await reload(step, world);
      return;
    case 'guard-files':
      await world.guard.copy(world.engine);
      return;
    case 'remove-guard-files':
      await world.guard.remove();
      return;
    case 'release':
      await world.release();
      return;
    case 'disable-plugin':
      await host.docker(['plugin', 'disable', '--force', PLUGIN_NAME]);
      return;
    case 'remove-plugin':
      await host.docker(['plugin', 'rm', '--force', PLUGIN_NAME]);
      return;
    case 'forget':
      await host.writeRecord(undefined);
      return;
  }
}

async function reload({ asked, runtime }: NodeStep & { kind: 'reload' }, world: NodeWorld): Promise<void> {
  const { host, engine } = world;
  // An engine that is told of a plugin which is not there ends.
  if (asked && (await host.plugin()) !== 'enabled')
    throw new Fault(
      'docker-failed',
      `the plugin ${PLUGIN_NAME} is not enabled: the engine was not told of it`,
    );
  host.hangUp(engine.pid);
  const taken = await until(
    world,
    async () =>
      (await host.asked()) === asked && (runtime === undefined || (await world.guard.runtime()) === runtime),
  );
  if (!taken)
    throw new Fault(
      'docker-failed',
      `dockerd has not taken ${engine.settings} within ${String(RELOAD_WITHIN / 1_000)} s: see its log`,
    );
}

async function until({ clock }: NodeWorld, is: () => Promise<boolean>): Promise<boolean> {
  const end = clock.elapsed() + RELOAD_WITHIN;
  while (!(await is())) {
    if (clock.elapsed() >= end) return false;
    await new Promise<void>((resolve) => {
      clock.after(LOOK_EVERY, resolve);
    });
  }
  return true;
}
