import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { BAD_FILES } from './bad-files.ts';
import { brief, lint, readFixture } from './fixture.ts';

describe('bad Compose files', () => {
  it('are all in the table', () => {
    const files = readdirSync(new URL('fixtures/bad', import.meta.url));
    assert.deepEqual(files.sort(), Object.keys(BAD_FILES).sort());
  });

  for (const [file, expected] of Object.entries(BAD_FILES)) {
    it(`${file}: every mistake, each at its place`, () => {
      const diagnostics = lint(readFixture(`bad/${file}`), file);
      assert.deepEqual(diagnostics.map(brief), expected);
      for (const diagnostic of diagnostics) {
        assert.equal(diagnostic.file, file);
        assert.notEqual(diagnostic.message, '');
      }
    });
  }

  it('suggests the nearest name', () => {
    const hints = lint(readFixture('bad/unknown-label.yaml')).map(({ hint }) => hint);
    assert.equal(hints[0], 'Did you mean "swarmwall.ingress"?');
    assert.equal(lint(readFixture('bad/unknown-service.yaml'))[0]?.hint, 'Did you mean "web"?');
    const text = 'services: { web: { image: x, deploy: { labels: { swarmwall.ingress: "wrold:80" } } } }';
    assert.equal(lint(text)[0]?.hint, 'Did you mean "world"?');
    assert.equal(lint(readFixture('bad/x-unknown-keys.yaml'))[0]?.hint, 'Did you mean "default"?');
  });
});
