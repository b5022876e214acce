import assert from 'node:assert/strict';
import {
  buildModel,
  exportStacks,
  hasErrors,
  loadCompose,
  loadManifests,
  type ComposeFile,
  type ExportOptions,
  type PolicyModel,
} from '../../../compose-ext/index.ts';

export interface Loaded {
  readonly files: readonly ComposeFile[];
  readonly model: PolicyModel;
}

export function loadStacks(texts: readonly string[], names: readonly string[]): Loaded {
  const files = texts.map((text, index) => {
    const stack = names[index] ?? '';
    const { file, diagnostics } = loadCompose(text, { file: `${stack}.yaml`, stack });
    assert.ok(!hasErrors(diagnostics), JSON.stringify(diagnostics));
    return file;
  });
  const { model, diagnostics } = buildModel(files);
  assert.ok(!hasErrors(diagnostics), JSON.stringify(diagnostics));
  return { files, model };
}

export function exported({ files, model }: Loaded, options?: ExportOptions, sound = true) {
  const { objects, names, diagnostics } = exportStacks(files, model, options);
  assert.ok(!sound || !hasErrors(diagnostics), JSON.stringify(diagnostics));
  const list = { apiVersion: 'v1', kind: 'List', items: objects.map(({ object }) => object) };
  const rename = (key: string): string => {
    const [stack = '', service] = key.split('/');
    return service === undefined ? key : `${names.namespaceOf(stack)}/${names.workloadOf(stack, service)}`;
  };
  return { text: JSON.stringify(list, null, 1), rename, diagnostics };
}

export function manifestModel(text: string): PolicyModel {
  const { cluster, diagnostics } = loadManifests([{ file: 'm.yaml', text }]);
  assert.ok(!hasErrors(diagnostics), JSON.stringify(diagnostics));
  return cluster.model;
}

/** What Kubernetes itself would refuse: names of ports that a container has twice, names of stacks that it does not take. */
export function assertTakenByKubernetes(text: string): void {
  const { items } = JSON.parse(text) as { items: readonly Written[] };
  for (const { spec } of items)
    for (const { ports = [] } of spec?.template?.spec.containers ?? []) {
      const names = ports.flatMap(({ name }) => name ?? []);
      assert.deepEqual(names, [...new Set(names)]);
      for (const name of names) assert.match(name, /^(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/u);
    }
  assert.doesNotMatch(text, /"kubernetes\.io\/metadata\.name":\s*"[^"]*[_A-Z]/u);
}

interface Written {
  readonly spec?: {
    readonly template?: {
      readonly spec: {
        readonly containers: readonly { readonly ports?: readonly { readonly name?: string }[] }[];
      };
    };
  };
}
