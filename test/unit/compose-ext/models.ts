import assert from 'node:assert/strict';
import { buildModel, hasErrors, loadCompose, type PolicyModel } from '../../../compose-ext/index.ts';

/** A model of Compose texts; the first stack is `shop` unless named. */
export function modelOf(...texts: readonly (string | readonly [text: string, stack: string])[]): PolicyModel {
  const files = texts.map((written) => {
    const [text, stack] = typeof written === 'string' ? [written, 'shop'] : written;
    const { file, diagnostics } = loadCompose(text, { file: `${stack}.yaml`, stack });
    assert.ok(!hasErrors(diagnostics), JSON.stringify(diagnostics));
    return file;
  });
  return buildModel(files).model;
}

/** `web>api api>db`: who may open connections to whom; every service is isolated for ingress. */
export function stackText(edges: string, others = ''): string {
  const pairs = edges.split(' ').map((edge) => edge.split('>') as [string, string]);
  const names = [...new Set([...pairs.flat(), ...others.split(' ').filter((name) => name !== '')])];
  const services = names.map((name) => {
    const sources = pairs.filter(([, to]) => to === name).map(([from]) => from);
    const label = sources.length === 0 ? 'none' : sources.join(' ');
    return `  ${name}: { image: x, deploy: { labels: { swarmwall.ingress: "${label}" } } }`;
  });
  return `services:\n${services.join('\n')}\n`;
}
