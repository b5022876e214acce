import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { boundLabels, labelText, type LabelValues } from './label-values.ts';

/** Where metrics are made: one for each process. */
export interface Metrics {
  readonly registry: Registry;
  counter<Label extends string>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  gauge<Label extends string>(name: string, help: string, labels?: readonly Label[]): Gauge<Label>;
  /** Read when somebody asks. */
  read(name: string, help: string, value: () => number | undefined | Promise<number | undefined>): void;
  /** Rows read when somebody asks: at most `MOST_ROWS` of them, the others are left out and counted. */
  readRows<Label extends string>(
    kind: 'gauge' | 'counter',
    name: string,
    help: string,
    labels: readonly Label[],
    rows: () => Iterable<readonly [values: Readonly<Record<Label, string>>, value: number]>,
  ): void;
  /** Names for a metric's series, bounded; with more they are `other`, and that is counted. */
  bound(name: string, most: number): LabelValues;
}

const MOST_ROWS = 500;

export function createMetrics(version: string, role: 'agent' | 'controller'): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const overflow = new Counter({
    name: 'swarmwall_label_overflow_total',
    help: 'Times that a name was counted as "other", or left out, as a metric had no room for another series.',
    labelNames: ['metric'],
    registers,
  });
  new Gauge({
    name: 'swarmwall_build_info',
    help: 'Always 1: what runs.',
    labelNames: ['version', 'role', 'node_version'],
    registers,
  }).set({ version, role, node_version: process.version }, 1);

  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: (name, help, labels = []) => new Gauge({ name, help, labelNames: [...labels], registers }),
    read: (name, help, value) => {
      new Gauge({
        ...{ name, help, registers },
        async collect() {
          const read = await value();
          if (read === undefined) this.remove();
          else this.set(read);
        },
      });
    },
    readRows: (kind, name, help, labels, rows) => {
      const Kind = kind === 'gauge' ? Gauge<string> : Counter<string>;
      new Kind({
        ...{ name, help, labelNames: [...labels], registers },
        collect() {
          this.reset();
          let count = 0;
          for (const [values, value] of rows()) {
            count += 1;
            if (count > MOST_ROWS) overflow.inc({ metric: name });
            else this.inc(clean(values), value);
          }
        },
      });
    },
    bound: (name, most) =>
      boundLabels(most, () => {
        overflow.inc({ metric: name });
      }),
  };
}

function clean(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([label, value]) => [label, labelText(value)]));
}
