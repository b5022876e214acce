import assert from 'node:assert/strict';
import type { DoctorFacts } from '../../../../plugin/node/doctor/doctor-facts.ts';
import { bypassesOf } from '../../../../plugin/node/doctor/engine-version.ts';
import { examine } from '../../../../plugin/node/doctor/findings.ts';

const SOUND: DoctorFacts = {
  ...{ engine: '29.3.1', firewall: 'iptables', liveRestore: false, rootless: false },
  ...{ hosts: ['unix:///var/run/docker.sock'], tlsVerify: false, iptables: true, userlandProxy: false },
  ...{ swarm: 'manager', dockerGroup: [], plugin: 'enabled', listed: true, asked: true },
  ...{
    agent: { mode: 'enforcing', unencrypted: [], notes: [] },
    managersWithout: [],
    bridgeCallsIptables: true,
  },
  guard: { path: '/opt/guard', files: 'current', runtime: 'swarmwall', flag: false },
  ...{ encryption: 'available', variants: ['nft'], dockerUser: true, plainOverlays: [] },
};
const codes = (change: Partial<DoctorFacts>): readonly string[] =>
  examine({ ...SOUND, ...change }).map(({ level, code }) => `${level} ${code}`);

describe('node doctor', () => {
  it('finds nothing on a sound node', () => {
    assert.deepEqual(examine(SOUND), []);
  });

  const cases: readonly (readonly [Partial<DoctorFacts>, readonly string[]])[] = [
    [{ plugin: 'disabled' }, ['weak plugin-listed-not-enabled']],
    [{ plugin: 'absent', asked: false }, ['weak plugin-listed-not-enabled']],
    [{ plugin: 'absent', listed: false, asked: false }, ['weak manager-without-plugin']],
    [{ plugin: 'absent', listed: false, asked: false, swarm: 'worker' }, ['weak node-without-authorization']],
    [{ asked: false }, ['weak not-reloaded']],
    [{ listed: false }, ['weak not-in-settings']],
    [{ listed: undefined }, ['weak not-in-settings', 'weak settings-unreadable']],
    [{ guard: { ...SOUND.guard, runtime: 'runc', files: 'absent' } }, ['weak guard-not-default']],
    [{ guard: { ...SOUND.guard, files: 'absent' } }, ['weak guard-missing']],
    [{ guard: { ...SOUND.guard, files: 'other' } }, ['weak guard-other']],
    [{ agent: undefined }, ['weak no-agent']],
    [{ agent: { ...SOUND.agent!, mode: 'degraded', lastError: 'nft' } }, ['weak agent-degraded']],
    [
      {
        agent: {
          ...SOUND.agent!,
          unencrypted: [{ network: 'n', missing: ['keys'] }],
          notes: ['VXLAN of strangers is only counted'],
        },
      },
      ['weak not-encrypted', 'note of-the-agent'],
    ],
    [{ agent: { ...SOUND.agent!, noFlows: 'it speaks protocol 2' } }, ['note no-flows']],
    [{ managersWithout: ['m2', 'm3'] }, ['weak manager-without-agent', 'weak manager-without-agent']],
    [{ engine: '28.5.2+dfsg4' }, ['weak engine-cve-2026-34040']],
    [{ engine: '20.10.24+dfsg1' }, ['weak engine-cve-2024-41110', 'weak engine-cve-2026-34040']],
    [{ firewall: 'nftables', dockerUser: false }, ['weak nftables-backend']],
    [{ iptables: false, dockerUser: false }, ['weak iptables-off']],
    [{ hosts: ['tcp://0.0.0.0:2375'] }, ['weak tcp-without-tls']],
    [{ hosts: ['tcp://0.0.0.0:2376'], tlsVerify: true }, []],
    [{ liveRestore: true }, ['weak live-restore']],
    [{ rootless: true }, ['weak rootless']],
    [{ bridgeCallsIptables: undefined }, ['weak no-br-netfilter']],
    [{ bridgeCallsIptables: false }, ['weak bridge-nf-call-iptables']],
    [{ encryption: 'unavailable' }, ['weak no-esp']],
    [{ encryption: 'unknown' }, []],
    [{ variants: ['nft', 'legacy'] }, ['weak mixed-iptables']],
    [{ dockerUser: false }, ['weak no-docker-user']],
    [{ userlandProxy: true, dockerGroup: ['ann'] }, ['note userland-proxy', 'note docker-group']],
    [{ plainOverlays: ['flat'], liveRestore: true }, ['weak live-restore', 'note plain-overlay']],
  ];
  for (const [change, expected] of cases)
    it(`finds ${expected.join(', ') || 'nothing'}: ${JSON.stringify(change)}`, () => {
      assert.deepEqual(codes(change), expected);
    });

  it('has a remedy for everything', () => {
    for (const [change] of cases)
      for (const { message, remedy } of examine({ ...SOUND, ...change })) {
        assert.ok(message.length > 20, message);
        assert.ok(remedy.length > 5, remedy);
      }
  });
});

describe('an engine with a known bypass', () => {
  for (const [version, expected] of [
    ['19.03.15', ['CVE-2024-41110', 'CVE-2026-34040']],
    ['20.10.28', ['CVE-2026-34040']],
    ['23.0.14', ['CVE-2024-41110', 'CVE-2026-34040']],
    ['26.1.4', ['CVE-2024-41110', 'CVE-2026-34040']],
    ['26.1.5+dfsg1', ['CVE-2026-34040']],
    ['27.1.0', ['CVE-2024-41110', 'CVE-2026-34040']],
    ['27.1.1', ['CVE-2026-34040']],
    ['28.5.2+dfsg4', ['CVE-2026-34040']],
    ['29.3.0', ['CVE-2026-34040']],
    ['29.3.1', []],
    ['30.0.0-rc.1', []],
    ['dev', []],
  ] as const)
    it(`${version}: ${expected.join(', ') || 'none'}`, () => {
      assert.deepEqual(
        bypassesOf(version).map(({ id }) => id),
        expected,
      );
    });
});
