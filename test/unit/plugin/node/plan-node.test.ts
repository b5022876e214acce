import assert from 'node:assert/strict';
import { decodeRequest } from '../../../../rules/authz/decode/index.ts';
import { PROBE } from '../../../../plugin/node/node-host.ts';
import { defaultRuntime } from '../../../../plugin/node/daemon-runtime.ts';
import { describeStep, type NodeFacts, type NodeStep } from '../../../../plugin/node/node-step.ts';
import { planInstall as planNodeInstall, planUninstall } from '../../../../plugin/node/plan-node.ts';

const REFERENCE = 'registry.example.com/swarmwall:1';
const FRESH: NodeFacts = {
  path: '/etc/docker/daemon.json',
  settings: Buffer.from('{"debug": true}\n'),
  record: undefined,
  plugin: 'absent',
  asked: false,
  dataRoot: '/var/lib/docker',
  flag: false,
  guard: { path: '/opt/guard', files: 'absent', runtime: 'runc', flag: false },
};
const INSTALLED =
  '{"debug": true, "authorization-plugins": ["swarmwall"], "runtimes": { "swarmwall": {"path":"/opt/guard"} }, "default-runtime": "swarmwall"}\n';
const LISTED = '{"debug": true, "authorization-plugins": ["swarmwall"]}\n';

const planInstall = (facts: NodeFacts, reference: string | undefined, guard = true) =>
  planNodeInstall(facts, { reference, guard });

const stepsOf = (plan: ReturnType<typeof planInstall>): readonly NodeStep[] => {
  assert.ok('steps' in plan, JSON.stringify(plan));
  return plan.steps;
};
const kinds = (plan: ReturnType<typeof planInstall>): readonly string[] =>
  stepsOf(plan).map(({ kind }) => kind);

/** A real engine keeps what its file does not say. */
function runtimeAfter({ settings, guard }: NodeFacts): string {
  const named = defaultRuntime(settings?.toString());
  if (named === 'swarmwall') assert.equal(guard.files, 'current', 'the engine would start nothing');
  return named ?? guard.runtime;
}

/** What a node is like once these steps are done. */
function after(facts: NodeFacts, steps: readonly NodeStep[]): NodeFacts {
  return steps.reduce((now, step): NodeFacts => {
    switch (step.kind) {
      case 'install-plugin':
      case 'enable-plugin':
        return { ...now, plugin: 'enabled' };
      case 'remember':
        return { ...now, record: step.record };
      case 'settings':
        return { ...now, settings: step.bytes };
      case 'reload':
        // An engine that is told of a plugin that is not there ends.
        if (step.asked) assert.equal(now.plugin, 'enabled');
        return {
          ...now,
          asked: step.asked,
          guard: { ...now.guard, runtime: runtimeAfter(now) },
        };
      case 'guard-files':
        assert.equal(now.plugin, 'enabled', 'it is copied out of the plugin');
        return { ...now, guard: { ...now.guard, files: 'current' } };
      case 'remove-guard-files':
        assert.equal(now.guard.runtime, 'runc', 'the engine would start nothing');
        return { ...now, guard: { ...now.guard, files: 'absent' } };
      case 'disable-plugin':
        assert.equal(now.asked, false, 'the engine asks a plugin that is disabled');
        return { ...now, plugin: 'disabled' };
      case 'remove-plugin':
        assert.equal(now.asked, false, 'the engine asks a plugin that is gone');
        return { ...now, plugin: 'absent' };
      case 'forget':
        return { ...now, record: undefined };
      case 'release':
        return now;
    }
  }, facts);
}

describe('node install', () => {
  it('has the plugin before daemon.json names it, and the engine reads that last', () => {
    assert.deepEqual(kinds(planInstall(FRESH, REFERENCE)), [
      'remember',
      'install-plugin',
      'guard-files',
      'settings',
      'reload',
    ]);
  });

  it('leaves the runtime alone when told to, and names it later', () => {
    const once = after(FRESH, stepsOf(planInstall(FRESH, REFERENCE, false)));
    assert.equal(once.settings?.toString(), LISTED);
    assert.deepEqual(kinds(planInstall(once, undefined, false)), []);
    assert.deepEqual(kinds(planInstall(once, undefined)), ['remember', 'guard-files', 'settings', 'reload']);
    const twice = after(once, stepsOf(planInstall(once, undefined)));
    assert.deepEqual(after(twice, stepsOf(planUninstall(twice))), FRESH);
  });

  it('copies the runtime of another version anew', () => {
    const once = after(FRESH, stepsOf(planInstall(FRESH, REFERENCE)));
    const other = { ...once, guard: { ...once.guard, files: 'other' as const } };
    assert.deepEqual(kinds(planInstall(other, undefined)), ['remember', 'guard-files']);
  });

  it('does nothing twice', () => {
    const once = after(FRESH, stepsOf(planInstall(FRESH, REFERENCE)));
    assert.equal(once.settings?.toString(), INSTALLED);
    assert.deepEqual(kinds(planInstall(once, REFERENCE)), []);
    assert.deepEqual(kinds(planInstall(once, undefined)), []);
  });

  it('does only what is missing', () => {
    assert.deepEqual(kinds(planInstall({ ...FRESH, plugin: 'disabled' }, undefined)), [
      ...['remember', 'enable-plugin', 'guard-files', 'settings', 'reload'],
    ]);
    const guard = { ...FRESH.guard, files: 'current' as const };
    const listed = { ...FRESH, settings: Buffer.from(INSTALLED), plugin: 'enabled' as const, guard };
    assert.deepEqual(kinds(planInstall(listed, undefined)), ['reload']);
  });

  it('tells the plugin where the certificates are when the data root is elsewhere', () => {
    const [, step] = stepsOf(planInstall({ ...FRESH, dataRoot: '/srv/docker' }, REFERENCE));
    assert.match(describeStep(step!), /swarmwall:1 swarm\.source=\/srv\/docker\/swarm$/u);
  });

  for (const [facts, reference, why] of [
    [FRESH, undefined, /say where it is/u],
    [{ ...FRESH, flag: true }, REFERENCE, /--authorization-plugin/u],
    [{ ...FRESH, guard: { ...FRESH.guard, flag: true } }, REFERENCE, /--default-runtime/u],
    [{ ...FRESH, settings: Buffer.from('{"default-runtime": "nvidia"}') }, REFERENCE, /nvidia.*--no-guard/u],
    [{ ...FRESH, settings: Buffer.from('{"runtimes": []}') }, REFERENCE, /not an object/u],
    [{ ...FRESH, settings: Buffer.from('{') }, REFERENCE, /not valid JSON/u],
    [{ ...FRESH, settings: Buffer.from([0x7b, 0xff, 0x7d]) }, REFERENCE, /not UTF-8/u],
  ] as const)
    it(`changes nothing: ${String(why)}`, () => {
      const plan = planInstall(facts, reference);
      assert.ok('problem' in plan);
      assert.match(plan.problem, why);
    });
});

describe('node uninstall', () => {
  const starts: readonly (readonly [string, NodeFacts])[] = [
    ['a fresh node', FRESH],
    ['no daemon.json', { ...FRESH, settings: undefined }],
    ['an empty daemon.json', { ...FRESH, settings: Buffer.from('') }],
    ['a plugin that is disabled', { ...FRESH, plugin: 'disabled' }],
    ['a plugin that runs', { ...FRESH, plugin: 'enabled' }],
    ['a runtime of its own', { ...FRESH, settings: Buffer.from('{"runtimes": {"kata": {"path": "/k"}}}') }],
    ['the engine’s runtime by name', { ...FRESH, settings: Buffer.from('{"default-runtime":\t"runc"}') }],
    ['other plugins', { ...FRESH, settings: Buffer.from('{"authorization-plugins":["other"]}') }],
  ];
  for (const [name, start] of starts)
    it(`leaves the node as install found it: ${name}`, () => {
      const installed = after(start, stepsOf(planInstall(start, REFERENCE)));
      assert.equal(installed.asked, true);
      const left = after(installed, stepsOf(planUninstall(installed)));
      assert.deepEqual(left, start);
      assert.deepEqual(kinds(planUninstall({ ...left, plugin: 'absent' })), []);
    });

  it('takes only the plugin from a daemon.json that others changed since', () => {
    const installed = after(FRESH, stepsOf(planInstall(FRESH, REFERENCE)));
    const changed = Buffer.from('{"log-level": "warn", "authorization-plugins": ["swarmwall", "other"]}');
    const left = after(installed, stepsOf(planUninstall({ ...installed, settings: changed })));
    assert.equal(left.settings?.toString(), '{"log-level": "warn", "authorization-plugins": ["other"]}');
    assert.equal(left.guard.runtime, 'runc');
  });

  it('never brings back a daemon.json with which the engine would not start', () => {
    const broken = { ...FRESH, settings: Buffer.from(INSTALLED) };
    const installed = after(broken, stepsOf(planInstall(broken, REFERENCE)));
    const left = after(installed, stepsOf(planUninstall(installed)));
    assert.deepEqual([left.settings?.toString(), left.plugin], ['{"debug": true}\n', 'absent']);
  });

  it('clears a node that was set up by hand: rules, plugin and its name', () => {
    const byHand: NodeFacts = { ...FRESH, settings: Buffer.from(LISTED), plugin: 'enabled', asked: true };
    assert.deepEqual(kinds(planUninstall(byHand)), ['settings', 'reload', 'release', 'remove-plugin']);
  });
});

describe('the probe whether the engine asks', () => {
  it('is refused by the plugin, whoever asks', () => {
    const decoded = decodeRequest({ user: '', authMethod: '', method: 'GET', uri: PROBE, headers: {} });
    assert.equal(decoded.kind, 'refused');
  });
});
