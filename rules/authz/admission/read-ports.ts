import { boolOf, entriesOf, field, itemsOf, textOf, type Asking, type Field } from './read-field.ts';

/** `HostConfig.PortBindings`: `{"80/tcp": [{"HostIp", "HostPort": "8080" or "8000-8010"}]}`. */
export function readPortBindings(host: Field, asking: Asking): void {
  for (const [, bindings] of entriesOf(field(host, 'PortBindings'), asking))
    for (const binding of itemsOf(bindings, asking)) {
      const at = field(binding, 'HostPort');
      const [from = 0, to = from] = textOf(at, asking).split('-').map(Number);
      asking.add(at, { kind: 'host-port', from, to });
    }
  const every = field(host, 'PublishAllPorts');
  if (boolOf(every, asking)) asking.add(every, { kind: 'host-port', from: 0, to: 0 });
}
