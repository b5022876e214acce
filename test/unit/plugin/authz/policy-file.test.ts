import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keepAuthz } from '../../../../plugin/agent/keep-authz.ts';
import { policyPath, readPolicyFile, writePolicyFile } from '../../../../plugin/authz/policy-file.ts';
import { watchPolicy } from '../../../../plugin/authz/watch-policy.ts';
import { LIMITS } from '../../../../plugin/config.ts';
import type { Fault } from '../../../../plugin/fault.ts';
import { silentLog } from '../../../../plugin/log.ts';
import {
  readAuthzDocuments,
  revisionOf,
  type AuthzText,
} from '../../../../plugin/policy-store/authz-documents.ts';
import { findGrant } from '../../../../rules/authz/roles/find-grant.ts';
import { FakeClock } from '../fake-clock.ts';
import { policy } from '../policy-store/policies.ts';
import { ownFolder } from './own-folder.ts';

const binding = (name: string, role = 'view'): AuthzText => ({
  file: `swarmwall-policy.${name}.v1`,
  text: `kind: ClusterRoleBinding\nname: ${name}\nrole: { kind: ClusterRole, name: ${role} }\nsubjects: [{ kind: User, name: alice }]\n`,
});
const of = (...documents: readonly AuthzText[]) => ({ revision: revisionOf(documents), documents });

describe('the authorization policy of a node', () => {
  const folder = ownFolder();

  const open = async () => {
    const clock = new FakeClock();
    return { clock, watched: await watchPolicy(folder.path, clock, silentLog()) };
  };

  describe('the authorization policy on disk', () => {
    it('reads back as it was written, for root only', async () => {
      assert.equal(await readPolicyFile(folder.path), undefined);
      await writePolicyFile(join(folder.path, 'deep'), of(binding('a'), binding('b')));
      const found = await readPolicyFile(join(folder.path, 'deep'));
      assert.deepEqual(
        found?.policy.bindings.map(({ name, origin }) => `${name} ${origin.file}`),
        ['a swarmwall-policy.a.v1', 'b swarmwall-policy.b.v1'],
      );
      assert.equal(found?.revision, of(binding('a'), binding('b')).revision);
      assert.equal((await stat(policyPath(join(folder.path, 'deep')))).mode & 0o777, 0o600);
    });

    it('is not believed when any character of it is another', async () => {
      await writePolicyFile(folder.path, of(binding('a')));
      const text = await readFile(policyPath(folder.path), 'utf8');
      const damaged = [
        text.replace('alice', 'mallory'),
        text.replace('view', 'edit'),
        text.slice(0, -1),
        '',
        'null',
        text.replace('"version":1', '"version":2'),
        text.replace(/"revision":"[^"]*"/u, '"revision":"none"'),
        JSON.stringify({ version: 1, ...of({ file: 'x', text: 'kind: Rol\nname: x\n' }) }),
        JSON.stringify({ version: 1, ...of({ file: 'x', text: policy('x') }) }),
      ];
      for (const each of damaged) {
        await writeFile(policyPath(folder.path), each);
        await assert.rejects(readPolicyFile(folder.path), { code: 'state-unreadable' }, each);
      }
    });

    it('is bounded', () => {
      const long = { file: 'a', text: `# ${'x'.repeat(LIMITS.authzBytes)}\n${binding('a').text}` };
      const read = readAuthzDocuments(of(long));
      assert.ok(read.kind === 'wrong' && /bytes/u.test(read.why));
    });
  });

  describe('the authorization policy in force', () => {
    const admin = { verb: 'delete', resource: 'nodes' };
    const alice = { kind: 'user', name: 'alice' } as const;
    const socket = { kind: 'socket' } as const;

    it('is the built-in defaults until an agent has kept one, and follows the file', async () => {
      const { watched, clock } = await open();
      assert.equal(watched.revision(), 'none');
      assert.ok(findGrant(watched.policy(), alice, admin));
      await writePolicyFile(folder.path, of(binding('a')));
      await clock.pass(6_000);
      while (watched.revision() === 'none') await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(findGrant(watched.policy(), alice, admin), undefined);
      watched.stop();
    });

    it('lets only the local socket read and break the glass when it is damaged at the start, and says so', async () => {
      await writeFile(policyPath(folder.path), '{');
      const { watched } = await open();
      assert.match(watched.problem?.() ?? '', /authz-policy\.json is damaged/u);
      const may = (who: typeof alice | typeof socket, verb: string, resource: string) =>
        findGrant(watched.policy(), who, { verb, resource }) !== undefined;
      assert.deepEqual(
        [
          may(socket, 'list', 'containers'),
          may(socket, 'use', 'breakglass'),
          may(socket, 'disable', 'plugins'),
        ],
        [true, true, true],
      );
      assert.deepEqual(
        [may(socket, 'create', 'containers'), may(alice, 'list', 'containers')],
        [false, false],
      );
      watched.stop();
    });

    it('stays what it was when the file is damaged or taken away later', async () => {
      await writePolicyFile(folder.path, of(binding('a')));
      const { watched, clock } = await open();
      const { revision } = of(binding('a'));
      for (const spoil of [
        () => writeFile(policyPath(folder.path), 'x'),
        () => rm(policyPath(folder.path)),
      ]) {
        await spoil();
        await clock.pass(6_000);
        await new Promise((resolve) => setTimeout(resolve, 30));
        assert.deepEqual([watched.revision(), watched.policy().bindings.length], [revision, 1]);
      }
      watched.stop();
    });
  });

  describe('the agent', () => {
    const keep = async () => {
      const errors: Fault[] = [];
      const clock = new FakeClock();
      const kept = keepAuthz({
        folder: folder.path,
        clock,
        log: silentLog(),
        onChange: () => undefined,
        onError: (e) => errors.push(e),
      });
      await kept.settled();
      return { kept, errors, clock };
    };

    it('keeps what a manager says, and tells what it keeps after a restart', async () => {
      const { kept } = await keep();
      assert.equal(kept.revision, undefined);
      await kept.take(of());
      assert.equal(kept.revision, 'none');
      await kept.take(of(binding('a')));
      assert.equal((await readPolicyFile(folder.path))?.policy.bindings.length, 1);
      assert.equal((await keep()).kept.revision, of(binding('a')).revision);
    });

    it('keeps nothing that is wrong, and the last good one instead', async () => {
      const { kept, errors } = await keep();
      await kept.take(of(binding('a')));
      await kept.take({ ...of(binding('b')), revision: of(binding('a'), binding('b')).revision });
      await kept.take(of({ file: 'x', text: 'kind: Role\nname: x\n' }));
      assert.deepEqual(
        errors.map(({ code }) => code),
        ['peer-invalid', 'peer-invalid'],
      );
      assert.equal(kept.revision, of(binding('a')).revision);
      assert.equal((await readPolicyFile(folder.path))?.revision, kept.revision);
    });

    it('replaces a file that is damaged, also one that is damaged or taken away later', async () => {
      await writeFile(policyPath(folder.path), '{');
      const { kept, clock } = await keep();
      await kept.take(of(binding('a')));
      const { revision } = of(binding('a'));
      assert.equal((await readPolicyFile(folder.path))?.revision, revision);
      for (const spoil of [
        () => writeFile(policyPath(folder.path), 'x'),
        () => rm(policyPath(folder.path)),
      ]) {
        await spoil();
        await clock.pass(10_000);
        await kept.settled();
        assert.equal((await readPolicyFile(folder.path))?.revision, revision);
      }
      kept.stop();
    });

    it('tries again when the disk does not take it', async () => {
      const blocked = join(folder.path, 'file');
      await writeFile(blocked, '');
      folder.path = join(blocked, 'under-a-file');
      const { kept, errors, clock } = await keep();
      await kept.take(of(binding('a')));
      assert.equal(errors[0]?.code, 'state-unwritable');
      await rm(blocked);
      await clock.pass(10_000);
      await kept.settled();
      kept.stop();
      assert.equal(kept.revision, of(binding('a')).revision);
      folder.path = blocked;
    });
  });
});
