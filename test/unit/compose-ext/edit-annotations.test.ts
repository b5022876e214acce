import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { editAnnotations, parseLabel, type AnnotationEdit } from '../../../compose-ext/index.ts';

function edit(
  service: string,
  label: string,
  more: Partial<Pick<AnnotationEdit, 'in' | 'direction'>> = {},
): AnnotationEdit {
  return { service, direction: 'ingress', entries: parseLabel(label).entries, in: 'deploy.labels', ...more };
}

describe('editAnnotations', () => {
  it('changes the lines of the labels, and no other character', () => {
    const text = `# The shop.
services:

  web:   # who greets
    image:   "nginx"     # pinned elsewhere
    deploy:
        labels:
            tier: 'front'   # of three
            # who may come in
            swarmwall.ingress: 'world:80' # everybody
    command: ["a",   'b']
  # below is the database
  db:
    image: pg
`;
    assert.equal(
      editAnnotations(text, [edit('web', 'api:80'), edit('db', 'api:5432 web:5432')]).text,
      text
        .replace("'world:80'", "'world:80 api:80'")
        .replace(
          '    image: pg\n',
          '    image: pg\n    deploy:\n      labels:\n        swarmwall.ingress: "api:5432 web:5432"\n',
        ),
    );
  });

  it('adds to a label of several lines a line more, and a word to a folded one', () => {
    const block = (style: string) => `services:
  db:
    image: pg
    deploy:
      labels:
        swarmwall.ingress: ${style}
          api:5432
          {backup=true}:5432
        swarmwall.egress: none
`;
    assert.equal(
      editAnnotations(block('|'), [edit('db', 'web:1')]).text,
      block('|').replace('true}:5432\n', 'true}:5432\n          web:1\n'),
    );
    assert.match(editAnnotations(block('>-'), [edit('db', 'web:1')]).text, /true\}:5432\s+web:1\n/u);
  });

  it('keeps lists, variables and flow style as they are', () => {
    const text = `services:
  a: { image: a, labels: { swarmwall.ingress: "b:\${PORT}" } }
  b:
    image: b
    labels:
      - swarmwall.ingress=a:1 # one
      - "other=1"
`;
    const edits = [edit('a', 'c:2', { in: 'labels' }), edit('b', 'c:2', { in: 'labels' })];
    assert.equal(
      editAnnotations(text, edits).text,
      text.replace('{PORT}"', '{PORT} c:2"').replace('ingress=a:1 #', 'ingress=a:1 c:2 #'),
    );
  });

  it('writes none where nothing is allowed, and takes none away where something is', () => {
    const text = 'services:\n  a:\n    image: a\n    labels:\n      swarmwall.egress: none # answers only\n';
    const egress = { direction: 'egress', in: 'labels' } as const;
    const { text: opened } = editAnnotations(text, [
      edit('a', 'b:1', egress),
      edit('a', '', { in: 'labels' }),
    ]);
    assert.equal(
      opened,
      text.replace('none # answers only\n', 'b:1 # answers only\n      swarmwall.ingress: none\n'),
    );
    assert.equal(editAnnotations(text, [{ ...edit('a', '', egress), entries: [] }]).text, text);
  });

  it('keeps what siblings share by an anchor or a merge theirs', () => {
    const text = `x-base: &base
  image: base
  deploy: { labels: { tier: back } }
services:
  a: { <<: *base }
  b: *base
`;
    const { text: after } = editAnnotations(text, [edit('a', 'b:1')]);
    assert.match(after, /x-base: &base\n {2}image: base\n {2}deploy: \{ labels: \{ tier: back \} \}\n/u);
    assert.match(after, /tier: back, swarmwall.ingress: "?b:1"?/u);
    assert.match(after, /b: \*base/u);
  });

  it('keeps a comment that stands below an empty value', () => {
    const text = 'services:\n  a:\n    image: a\n    labels:\n# the end\n';
    assert.match(editAnnotations(text, [edit('a', 'b:1', { in: 'labels' })]).text, /# the end/u);
  });

  it('says what it could not place', () => {
    const gone = edit('gone', 'b:1');
    assert.deepEqual(editAnnotations('services:\n  a: { image: a }\n', [gone]).unplaced, [gone]);
    assert.deepEqual(editAnnotations('{', [gone]), { text: '{', unplaced: [gone] });
  });
});
