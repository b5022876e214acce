import assert from 'node:assert/strict';
import {
  buildModel,
  hasErrors,
  importManifests,
  loadCompose,
  loadManifests,
  type Imported,
  type ImportOptions,
  type PolicyModel,
} from '../../../compose-ext/index.ts';

export function imported(text: string, options?: ImportOptions) {
  const { cluster, diagnostics } = loadManifests([{ file: 'm.yaml', text }]);
  assert.ok(!hasErrors(diagnostics), JSON.stringify(diagnostics));
  return { cluster, ...importManifests(cluster, options) };
}

/** The model of what was written; an environment would change a dollar sign that is not kept. */
export function reloaded({ stacks }: Pick<Imported, 'stacks'>): PolicyModel {
  const files = stacks.map(({ stack, text }) => {
    const { file, diagnostics } = loadCompose(text, { file: `${stack}.yaml`, environment: { '1': 'one' } });
    assert.ok(!hasErrors(diagnostics), `${JSON.stringify(diagnostics)}\n${text}`);
    return file;
  });
  const { model, diagnostics } = buildModel(files);
  assert.ok(!hasErrors(diagnostics), JSON.stringify(diagnostics));
  return model;
}
