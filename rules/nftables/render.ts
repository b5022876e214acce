import type {
  Chain,
  Family,
  Program,
  Rule,
  SetDeclaration,
  Statement,
  TableChange,
  TableObjects,
} from './program.ts';
import { declarationHash } from './version.ts';

/**
 * One transaction that makes the table this program. The table, its hooked chains and its sets stay: to delete and
 * re-create them leaks or loses packets, to flush and re-add does neither.
 * @param inTheWay objects that have a name of the program's and are something else
 */
export function renderLoad(program: Program, inTheWay: TableObjects | undefined): string {
  const { family, table } = program;
  const own = `${family} ${table}`;
  return [
    `add table ${own}`,
    `flush table ${own}`,
    ...(inTheWay ? deleteObjects(own, inTheWay) : []),
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

/** Objects that no rule names. */
export function renderDeletion(family: Family, table: string, objects: TableObjects): string {
  return [...deleteObjects(`${family} ${table}`, objects), ''].join('\n');
}

function deleteObjects(own: string, { chains, sets, counters }: TableObjects): readonly string[] {
  return [
    ...chains.flatMap(({ name }) => [`flush chain ${own} ${name}`, `delete chain ${own} ${name}`]),
    ...sets.map(({ name, map }) => `delete ${map ? 'map' : 'set'} ${own} ${name}`),
    ...counters.map((name) => `delete counter ${own} ${name}`),
  ];
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
function declareSet(own: string, set: SetDeclaration): readonly string[] {
  const { name, key, data, interval, dynamic, leased } = set;
  const flags = [...(interval ? ['interval'] : []), ...(leased ? ['timeout'] : [])];
  const kind = data === undefined ? 'set' : 'map';
  const properties = [
    `typeof ${key.join(' . ')}${data === undefined ? '' : ` : ${data}`}`,
    ...(flags.length > 0 ? [`flags ${flags.join(',')}`] : []),
    ...(dynamic
      ? dynamic.timeoutSeconds === undefined
        ? ['flags dynamic', `size ${dynamic.size}`]
        : ['flags dynamic,timeout', `timeout ${dynamic.timeoutSeconds}s`, `size ${dynamic.size}`]
      : []),
    `comment "${declarationHash(set)}"`,
  ];
  return [
    `add ${kind} ${own} ${name} { ${properties.map((property) => `${property};`).join(' ')} }`,
    // What is filled on the way is not emptied by a load.
    ...(dynamic || leased ? [] : [`flush ${kind} ${own} ${name}`]),
  ];
}

function declareChain(own: string, { name, hook }: Chain): string {
  if (!hook) return `add chain ${own} ${name}`;
  return `add chain ${own} ${name} { type ${hook.type ?? 'filter'} hook ${hook.name} priority ${hook.priority}; policy ${hook.policy ?? 'drop'}; }`;
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
    case 'set-bits':
      return `${statement.to} set ${statement.to} | ${statement.bits}`;
    case 'refresh':
      return `update @${statement.set} { ${statement.fields.join(' . ')} }`;
    case 'redirect':
      return `redirect to :${statement.port}`;
    case 'count':
      return `counter name "${statement.counter}"`;
    case 'within-rate':
      return `limit rate ${statement.perSecond}/second burst ${statement.perSecond} packets`;
    case 'log':
      return `log group ${statement.group} snaplen ${statement.bytes}`;
    case 'record':
      return `update @${statement.set} { ${statement.fields.join(' . ')} counter }`;
    case 'over':
      return renderOver(statement);
    case 'goto':
      return `goto ${statement.chain}`;
    case 'accept':
    case 'drop':
      return statement.kind;
  }
}

function renderOver({ set, fields, connections, rate }: Extract<Statement, { kind: 'over' }>): string {
  const key = fields.join(' . ');
  // Only "add" takes a count of connections.
  if (connections !== undefined) return `add @${set} { ${key} ct count over ${connections} }`;
  const { count = 0, unit = 'second', burst = 0 } = rate ?? {};
  return `update @${set} { ${key} limit rate over ${count}/${unit} burst ${burst} packets }`;
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? values.join('') : `{ ${values.join(', ')} }`;
}
