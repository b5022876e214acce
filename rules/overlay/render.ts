import type {
  Chain,
  Program,
  Rule,
  SetDeclaration,
  Statement,
  TableChange,
  TableObjects,
} from '../program.ts';

/**
 * One transaction that makes the table this program, whatever was there. The table itself and its hooked chains
 * stay: to delete and re-create them leaks or loses packets, to flush and re-add does neither.
 * @param stale objects of another version, in the table now
 */
export function renderLoad(program: Program, stale: TableObjects | undefined): string {
  const { family, table } = program;
  const own = `${family} ${table}`;
  const kept = new Set(program.chains.filter((chain) => chain.hook).map((chain) => chain.name));
  const hooked = new Set(stale?.hookedChains);
  return [
    `add table ${own}`,
    `flush table ${own}`,
    ...(stale?.chains ?? [])
      .filter((chain) => !(kept.has(chain) && hooked.has(chain)))
      .map((chain) => `delete chain ${own} ${chain}`),
    ...(stale?.maps ?? []).map((map) => `delete map ${own} ${map}`),
    ...(stale?.sets ?? []).map((set) => `delete set ${own} ${set}`),
    ...(stale?.counters ?? []).map((counter) => `delete counter ${own} ${counter}`),
    ...program.counters.map((counter) => `add counter ${own} ${counter}`),
    ...program.sets.flatMap((set) => declareSet(own, set)),
    ...program.chains.map((chain) => declareChain(own, chain)),
    ...renderRules(program),
    ...program.sets.flatMap(({ name }) => {
      const elements = program.elements.get(name);
      return elements ? addElements(own, name, [...elements]) : [];
    }),
    '',
  ].join('\n');
}

/** One transaction: removals first, so that a key may come back with another value. */
export function renderChanges(changes: readonly TableChange[]): string {
  return changes
    .flatMap(({ family, table, sets }) => {
      const own = `${family} ${table}`;
      return [
        ...sets.flatMap(({ set, remove }) =>
          remove.length === 0 ? [] : [`delete element ${own} ${set} { ${remove.join(', ')} }`],
        ),
        ...sets.flatMap(({ set, add }) => addElements(own, set, add)),
      ];
    })
    .concat('')
    .join('\n');
}

/** `<version>:<index>/<count>`, so that a missing, moved or foreign rule shows without reading any rule back. */
export function ruleComment(version: string, index: number, count: number): string {
  return `${version}:${index}/${count}`;
}

function renderRules({ family, table, chains, version }: Program): readonly string[] {
  const rules = chains.flatMap((chain) => chain.rules.map((rule) => ({ chain: chain.name, rule })));
  return rules.map(
    ({ chain, rule }, index) =>
      `add rule ${family} ${table} ${chain} ${renderRule(rule)} comment "${ruleComment(version, index, rules.length)}"`,
  );
}

/** Keys by `typeof`: versions of nft disagree about sets declared by `type`. */
function declareSet(own: string, { name, key, data, interval, dynamic }: SetDeclaration): readonly string[] {
  const kind = data === undefined ? 'set' : 'map';
  const type = `typeof ${key.join(' . ')}${data === undefined ? '' : ` : ${data}`};`;
  if (dynamic)
    return [
      `add set ${own} ${name} { ${type} flags dynamic,timeout; timeout ${dynamic.timeoutSeconds}s; size ${dynamic.size}; }`,
    ];
  return [
    `add ${kind} ${own} ${name} { ${type}${interval ? ' flags interval;' : ''} }`,
    `flush ${kind} ${own} ${name}`,
  ];
}

function declareChain(own: string, { name, hook }: Chain): string {
  if (!hook) return `add chain ${own} ${name}`;
  return `add chain ${own} ${name} { type filter hook ${hook.name} priority ${hook.priority}; policy drop; }`;
}

function addElements(
  own: string,
  set: string,
  elements: readonly (readonly [key: string, value: string])[],
): readonly string[] {
  if (elements.length === 0) return [];
  const texts = elements.map(([key, value]) => (value === '' ? key : `${key} : ${value}`));
  return [`add element ${own} ${set} { ${texts.join(', ')} }`];
}

function renderRule(rule: Rule): string {
  return rule.map(renderStatement).join(' ');
}

function renderStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'is':
      return `${statement.field} ${oneOf(statement.values)}`;
    case 'is-not':
      return `${statement.field} != ${oneOf(statement.values)}`;
    case 'in':
      return `${statement.fields.join(' . ')} @${statement.set}`;
    case 'has-bits':
      return `${statement.field} & ${statement.bits} ${statement.set ? '!=' : '=='} 0`;
    case 'map':
      return `${statement.to} set ${statement.fields.join(' . ')} map @${statement.map}`;
    case 'put':
      return `${statement.to} set ${statement.value}`;
    case 'count':
      return `counter name "${statement.counter}"`;
    case 'record':
      return `update @${statement.set} { ${statement.fields.join(' . ')} counter }`;
    case 'goto':
      return `goto ${statement.chain}`;
    case 'accept':
    case 'drop':
      return statement.kind;
  }
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? values.join('') : `{ ${values.join(', ')} }`;
}
