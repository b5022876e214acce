import type { ComposeFile } from '../load/compose-file.ts';
import type { PolicyModel, StackModel } from '../policy-model.ts';
import type { Report } from '../report.ts';
import { matchesSelector } from '../selector.ts';

/** Peers in stacks that were not given: no segment can be made, or only on the word of the label. */
export function reportUnchecked(stack: StackModel, model: PolicyModel, report: Report): void {
  const others = model.stacks.filter(({ name }) => name !== stack.name);
  for (const { ingress, egress } of stack.policies) {
    for (const { peers, origin } of [...ingress, ...egress]) {
      for (const peer of peers) {
        if (peer.kind === 'service' && !model.stacks.some(({ name }) => name === peer.stack)) {
          const message = `the stack "${peer.stack}" was not given: whether it has a service "${peer.service}" is not known`;
          report.info(
            'unchecked-stack',
            origin,
            message,
            'Give its Compose file too, or compile against the cluster.',
          );
        }
        if (peer.kind !== 'selector' || peer.stacks === undefined) continue;
        const { stacks } = peer;
        if (
          matchesSelector(stacks, stack.labels) ||
          others.some(({ labels }) => matchesSelector(stacks, labels))
        )
          continue;
        const message = 'no stack that was given has these labels, so no segment leads there';
        report.warn(
          'unchecked-stack',
          origin,
          message,
          'Give its Compose file too, or compile against the cluster.',
        );
      }
    }
  }
}

/** `isolation: off` leaves networks as they are written, also in the clear. */
export function reportUnencrypted(file: ComposeFile, report: Report): void {
  const declared = new Map(file.networks.map((network) => [network.name, network]));
  for (const { name, origin, networks } of file.services) {
    const used = networks.length === 0 ? [{ name: 'default', origin }] : networks;
    for (const { name: networkName, origin: at } of used) {
      const network = declared.get(networkName);
      if (network?.encrypted || network?.external) continue;
      const message = `service "${name}" is on the network "${networkName}", which is not encrypted`;
      const hint = 'Set driver_opts: { encrypted: "true" } on it, or "encrypted: false" in x-swarmwall.';
      report.warn('network-not-encrypted', network?.origin ?? at, message, hint);
    }
  }
}
