import assert from 'node:assert/strict';
import { decodeRequest } from '../../../../rules/authz/decode/index.ts';
import { PROBE } from '../../../../plugin/node/node-host.ts';
import { describeStep, type NodeFacts, type NodeStep } from '../../../../plugin/node/node-step.ts';
import { planInstall, planUninstall } from '../../../../plugin/node/plan-node.ts';

const REFERENCE = 'registry.example.com/swarmwall:1';
const FRESH: NodeFacts = {
  path: '/etc/docker/daemon.json',
  settings: Buffer.from('{"debug": true}\n'),
  record: undefined,
  plugin: 'absent',
  asked: false,
  dataRoot: '/var/lib/docker',
  flag: false,
};
const INSTALLED = '{"debug": true, "authorization-plugins": ["swarmwall"]}\n';

const stepsOf = (plan: ReturnType<typeof planInstall>): readonly NodeStep[] => {
  assert.ok('steps' in plan, JSON.stringify(plan));
  return plan.steps;
};
const kinds = (plan: ReturnType<typeof planInstall>): readonly string[] =>
  stepsOf(plan).map(({ kind }) => kind);

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
        return { ...now, asked: step.asked };
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
      'settings',
      'reload',
    ]);
  });

  it('does nothing twice', () => {
    const once = after(FRESH, stepsOf(planInstall(FRESH, REFERENCE)));
    assert.equal(once.settings?.toString(), INSTALLED);
    assert.deepEqual(kinds(planInstall(once, REFERENCE)), []);
    assert.deepEqual(kinds(planInstall(once, undefined)), []);
  });

  it('does only what is missing', () => {
    assert.deepEqual(kinds(planInstall({ ...FRESH, plugin: 'disabled' }, undefined)), [
      ...['remember', 'enable-plugin', 'settings', 'reload'],
    ]);
    const listed = { ...FRESH, settings: Buffer.from(INSTALLED), plugin: 'enabled' as const };
    assert.deepEqual(kinds(planInstall(listed, undefined)), ['reload']);
  });

  it('tells the plugin where the certificates are when the data root is elsewhere', () => {
    const [, step] = stepsOf(planInstall({ ...FRESH, dataRoot: '/srv/docker' }, REFERENCE));
    assert.match(describeStep(step!), /swarmwall:1 swarm\.source=\/srv\/docker\/swarm$/u);
  });

  for (const [facts, reference, why] of [
    [FRESH, undefined, /say where it is/u],
    [{ ...FRESH, flag: true }, REFERENCE, /--authorization-plugin/u],
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
  });

  it('never brings back a daemon.json with which the engine would not start', () => {
    const broken = { ...FRESH, settings: Buffer.from(INSTALLED) };
    const installed = after(broken, stepsOf(planInstall(broken, REFERENCE)));
    const left = after(installed, stepsOf(planUninstall(installed)));
    assert.deepEqual([left.settings?.toString(), left.plugin], ['{"debug": true}\n', 'absent']);
  });

  it('clears a node that was set up by hand: rules, plugin and its name', () => {
    const byHand: NodeFacts = { ...FRESH, settings: Buffer.from(INSTALLED), plugin: 'enabled', asked: true };
    assert.deepEqual(kinds(planUninstall(byHand)), ['settings', 'reload', 'release', 'remove-plugin']);
  });
});

describe('the probe whether the engine asks', () => {
  it('is refused by the plugin, whoever asks', () => {
    const decoded = decodeRequest({ user: '', authMethod: '', method: 'GET', uri: PROBE, headers: {} });
    assert.equal(decoded.kind, 'refused');
  });
});
