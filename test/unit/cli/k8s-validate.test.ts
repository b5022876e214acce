import assert from 'node:assert/strict';
import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Diagnostic } from '../../../compose-ext/index.ts';
import { cli } from './fake-io.ts';
import { inTree, POD, POLICY } from './manifest-files.ts';

const BAD = POLICY('x', 'p', { podSelector: {}, ingress: [{ ports: [{ endPort: 5 }] }], egres: [] });

describe('swarmwall k8s validate', () => {
  it('finds every mistake in every file of a directory, at its place', () =>
    inTree(
      { 'a/p.yaml': BAD, 'b.yml': POLICY('x', 'q', { podSelector: [] }), 'note.txt': '}{' },
      async (cwd) => {
        const ran = await cli(['k8s', 'validate', '--json', '.'], { cwd });
        assert.equal(ran.exitCode, 2);
        assert.deepEqual(
          ran.json<Diagnostic[]>().map(({ file, code, severity }) => [file, code, severity]),
          [
            ['a/p.yaml', 'invalid-ports', 'error'],
            ['a/p.yaml', 'unknown-key', 'error'],
            ['b.yml', 'invalid-value', 'error'],
          ],
        );
        const shown = await cli(['k8s', 'validate', 'a'], { cwd });
        assert.match(shown.stdout, /^a\/p\.yaml:1:\d+ error invalid-ports endPort needs a port$/mu);
        assert.match(shown.stdout, /\n2 errors\n$/u);
      },
    ));

  it('has nothing to say about sound manifests but what it skips', () =>
    inTree(
      { 'm.json': POD('x', 'a'), 'c.yaml': '{ apiVersion: v1, kind: Secret, metadata: { name: s } }' },
      async (cwd) => {
        const ran = await cli(['k8s', 'validate', 'm.json', 'c.yaml'], { cwd });
        assert.equal(ran.exitCode, 0);
        assert.match(
          ran.stdout,
          /info skipped-kind Secret \(v1\) "s" is skipped[^]*\nok: no mistakes in 2 files\n$/u,
        );
      },
    ));

  it('follows links once, and out of circles', () =>
    inTree({ 'in/a.yaml': POD('x', 'a') }, async (cwd) => {
      await symlink('..', join(cwd, 'in', 'up'));
      await symlink('a.yaml', join(cwd, 'in', 'same.yaml'));
      await symlink('nowhere', join(cwd, 'in', 'dead'));
      const ran = await cli(['k8s', 'validate', 'in'], { cwd });
      assert.equal(ran.stdout, 'ok: no mistakes\n');
    }));

  it('tells what cannot be read, beside the other mistakes', () =>
    inTree({ 'a.yaml': BAD, 'b.yaml': '\0' }, async (cwd) => {
      await symlink('nowhere', join(cwd, 'dead.yaml'));
      const ran = await cli(['k8s', 'validate', '--json', '.', 'none.yaml'], { cwd });
      assert.equal(ran.exitCode, 2);
      assert.deepEqual(
        ran.json<Diagnostic[]>().map(({ file, code }) => [file, code]),
        [
          ['a.yaml', 'invalid-ports'],
          ['a.yaml', 'unknown-key'],
          ['b.yaml', 'unreadable-file'],
          ['dead.yaml', 'unreadable-file'],
          ['none.yaml', 'unreadable-file'],
        ],
      );
    }));

  it('takes files beside manifests for what they are, unless they are named', () =>
    inTree({ 'values.yaml': 'replicas: 2', 'probes.json': '[]', 'a.yaml': POD('x', 'a') }, async (cwd) => {
      const found = await cli(['k8s', 'validate', '--json', '.'], { cwd });
      assert.equal(found.exitCode, 0);
      assert.deepEqual(
        found.json<Diagnostic[]>().map(({ file, code }) => [file, code]),
        [
          ['probes.json', 'not-a-manifest'],
          ['values.yaml', 'not-a-manifest'],
        ],
      );
      assert.equal((await cli(['k8s', 'validate', 'values.yaml'], { cwd })).exitCode, 2);
    }));

  it('reads standard input, and is not content with nothing', () =>
    inTree({ 'readme.txt': '' }, async (cwd) => {
      assert.equal((await cli(['k8s', 'validate', '-'], { stdin: BAD })).exitCode, 2);
      assert.equal((await cli(['k8s', 'validate', '-'], { stdin: POD('x', 'a') })).exitCode, 0);
      const none = await cli(['k8s', 'validate', '.'], { cwd });
      assert.deepEqual([none.exitCode, none.stderr.split('\n')[0]], [2, 'error: .: no manifests there']);
    }));

  it('does not stop at a directory that it may not read', function () {
    // Root may read everything.
    const expected = process.getuid?.() === 0 ? 0 : 2;
    return inTree({ 'shut/a.yaml': POD('x', 'a'), 'b.yaml': POD('x', 'b') }, async (cwd) => {
      await chmod(join(cwd, 'shut'), 0);
      const ran = await cli(['k8s', 'validate', '.'], { cwd });
      await chmod(join(cwd, 'shut'), 0o755);
      assert.equal(ran.exitCode, expected);
    });
  });
});
