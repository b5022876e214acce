import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { buildModel, compile, loadCompose, loadEnvFile } from '../../../compose-ext/index.ts';
import { escapeVariables, interpolate } from '../../../compose-ext/interpolate/interpolate.ts';
import { brief } from './fixture.ts';

const ENV = { SET: 'value', EMPTY: '' };

describe('variables', () => {
  const cases: readonly (readonly [text: string, meant: string])[] = [
    ['$SET ${SET} $$SET $$$SET', 'value value $SET $value'],
    ['$UNSET|${UNSET}|$EMPTY|', '|||'],
    ['${UNSET:-a} ${UNSET-a} ${EMPTY:-a} ${EMPTY-a} ${SET:-a}', 'a a a  value'],
    ['${UNSET:+a}|${UNSET+a}|${EMPTY:+a}|${EMPTY+a}|${SET:+a}', '||||a'.replace('||||', '|||a|')],
    ['${UNSET:-${EMPTY:-${SET}}}x', 'valuex'],
    ['${UNSET:-$SET-$$}', 'value-$'],
    ['${SET:?why} ${EMPTY?why}', 'value '],
    ['${UNSET:-{"a":1}}', '{"a":1}'],
    ['${SET:-{"a":1}} ${UNSET:-{}', 'value {'],
    ['${SET:-${BAD}}', 'value'],
  ];
  for (const [text, meant] of cases)
    it(`${text} as Compose has it`, () => assert.equal(interpolate(text, ENV).text, meant));

  it('name those without a value, and why a required one is', () => {
    assert.deepEqual(interpolate('$A ${B} ${C:-$D}', ENV).unset, ['A', 'B', 'D']);
    for (const [text, why] of [
      ['x ${A:?say it}', 'say it'],
      ['x ${EMPTY:?${SET}}', 'value'],
      ['x ${A?}', 'it has no value'],
    ] as const) {
      const { problem } = interpolate(text, ENV);
      assert.deepEqual([problem?.code, problem?.offset], ['required-variable', 2]);
      assert.ok(problem?.message.endsWith(why), problem?.message);
    }
  });

  it('are refused where Compose refuses them, at their place', () => {
    for (const text of ['${', '${}', '${A', '${1}', '${A:}', '${A b}', '$', '$1', '$ {A}', '${A:-${B}']) {
      const { problem } = interpolate(`ok ${text}`, ENV);
      assert.deepEqual([problem?.code, problem?.offset], ['invalid-variable', 3], text);
    }
    assert.equal(interpolate('${A:-x ${}}', ENV).problem?.offset, 7);
  });

  it('of any text end, never throw, and what is escaped comes back', () => {
    const parts = fc.array(fc.constantFrom('$', '{', '}', ':-', 'A', '${', '?', '+', ' ', '1', 'SET'));
    fc.assert(fc.property(parts, (words) => void interpolate(words.join(''), ENV)));
    fc.assert(fc.property(fc.string(), (text) => interpolate(escapeVariables(text), ENV).text === text));
    assert.equal(interpolate('${A:-'.repeat(100_000), ENV).problem?.code, 'invalid-variable');
    assert.equal(interpolate('${A:-'.repeat(60) + '}'.repeat(60), ENV).problem?.code, 'invalid-variable');
  });
});

describe('.env', () => {
  it('has comments, quotes, export, earlier variables, and values over lines', () => {
    const text =
      '# c\nA=1\nexport B = two words # c\nC=\'$A\'\nD="$A\\n${B}"\nE=${HOST}/$A\nF=\n\nG="x\ny"\nHOST=lost\nJ=a#b\nK: 5\nL\nM="\\$A"\r\n';
    const { values, diagnostics } = loadEnvFile(text, '.env', { HOST: 'h' });
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      { ...values },
      {
        ...{ A: '1', B: 'two words', C: '$A', D: '1\ntwo words', E: 'h/1', F: '', G: 'x\ny', HOST: 'lost' },
        ...{ J: 'a#b', K: '5', M: '$A' },
      },
    );
  });

  it('is read as compose-go reads it', () => {
    const cases: readonly (readonly [text: string, values: Record<string, string>])[] = [
      ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
      ['A=#x\nB= #x\nC=x#y #z\nD=a\t#b', { A: '#x', B: '#x', C: 'x#y', D: 'a\t#b' }],
      ['A="x" # c\nB=\'y\'# c\nC="1" D=2', { A: 'x', B: 'y', C: '1', D: '2' }],
      ['A="\\d\\n\\t\\\\ \\" \\0123"', { A: '\\d\n\t\\ " S' }],
      ["A='\\n\\' $X'", { A: "\\n' $X" }],
      ['A="a\r\n\nb"\nB=1', { A: 'a\r\n\nb', B: '1' }],
      ['export\tA=1\n  export B=2\nA.b-c=3', { A: '1', B: '2', 'A.b-c': '3' }],
      ['1A=1\nA=2', { A: '2' }],
      ['A=${B:-${C:-x}}\nB=$A$$', { A: 'x', B: 'x$' }],
      ['A=1\nA=2\nB=$A', { A: '2', B: '2' }],
      ['__proto__=1\nA=${__proto__}', { A: '1' }],
    ];
    for (const [text, meant] of cases) {
      const { values, diagnostics } = loadEnvFile(text, '.env', {});
      assert.deepEqual(diagnostics, [], text);
      const known = Object.entries(values).filter(([key]) => key !== '__proto__');
      assert.deepEqual(Object.fromEntries(known), meant, text);
    }
    const long = `A="${'x'.repeat(3_000_000)}"\n${Array.from({ length: 20_000 }, (_, i) => `K${i}=$A_`).join('\n')}`;
    assert.equal(loadEnvFile(long, '.env', {}).values['A']?.length, 3_000_000);
  });

  it('has its mistakes at their lines', () => {
    const { diagnostics } = loadEnvFile('A=1\nno key\nB=${\nC="x\n', '.env', {});
    assert.deepEqual(diagnostics.map(brief), [
      'invalid-env-file 2 1',
      'invalid-variable 3 1',
      'invalid-env-file 4 1',
    ]);
  });
});

describe('a file with variables', () => {
  const TEXT = `name: \${STACK:-shop}
services:
  web:
    image: \${REGISTRY}/web:\${REGISTRY}
    ports: ["\${PORT:-80}:8080"]
    deploy: { labels: { swarmwall.ingress: "world:\${INNER:-8080}", price: "$$5" } }
  api: { image: api, command: "echo \${REGISTRY}" }
x-swarmwall:
  encrypted: \${ENC:-false}
`;

  it('is judged by the environment, and keeps its text but for policies', () => {
    const environment = { INNER: '9090', PORT: '443', STACK: 'mall' };
    const { file, diagnostics } = loadCompose(TEXT, { file: 'a.yaml', environment });
    assert.deepEqual(diagnostics.map(brief), ['unresolved-variable 4 12']);
    assert.equal(file.stack, 'mall');
    assert.equal(file.settings.encrypted, false);
    const [web] = buildModel([file]).model.stacks[0]?.services ?? [];
    assert.equal(web?.ports[0]?.published, 443);
    const { text } = compile(file);
    assert.match(text, /image: \$\{REGISTRY\}\/web:\$\{REGISTRY\}/u);
    assert.match(text, /\$\{PORT:-80\}:8080/u);
    assert.match(text, /swarmwall\.ingress: "world:9090", price: "\$\$5"/u);
    const again = loadCompose(text, { file: 'a.yaml', environment }).file;
    assert.equal(compile(again).text, text);
  });

  it('has mistakes where they are written', () => {
    const text = `services:
  web:
    image: a
    command: "say \${NAME"
    user: "\${USER_ID:?who}"
    deploy: { labels: { swarmwall.ingress: "\${WHO}:80" } }
x-swarmwall: { isolation: "\${HOW}" }
`;
    const { file, diagnostics } = loadCompose(text, { file: 'a.yaml', environment: {} });
    assert.equal(file.sound, false);
    assert.deepEqual(diagnostics.map(brief), [
      'invalid-variable 4 19',
      'required-variable 5 12',
      'unresolved-variable 6 44',
      'invalid-value 7 27',
      'unresolved-variable 7 27',
    ]);
  });
});
