import { createFlowExplainer, type ExplainFlow } from '../../../rules/flows/explain-flow.ts';
import { endName, portName } from '../../../rules/flows/flow-names.ts';
import type { FlowReason, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { HOST_NETWORK } from '../../../rules/host-firewall/host-program.ts';
import { evaluatorInput } from '../../controller/evaluator-input.ts';
import type { HostFirewallHealth } from '../../protocol.ts';
import type { BridgePolicy } from '../bridges/bridge-policy.ts';

export interface OwnReasonSources {
  readonly bridges: Pick<BridgePolicy, 'view'>;
  readonly host: () => HostFirewallHealth | undefined;
}

/** The reason where this node alone knows it: of its own firewall, and of containers that no Swarm placed. */
export function createOwnReasons({
  bridges,
  host,
}: OwnReasonSources): (flow: FlowRecord) => FlowReason | undefined {
  let explained: BridgePolicy['view'] | undefined;
  let explain: ExplainFlow = () => undefined;

  return (flow) => {
    if (flow.network === HOST_NETWORK) return hostReason(flow, host());
    const { view } = bridges;
    const isOwn = ({ service }: FlowRecord['source']): boolean =>
      service !== undefined && view.services.has(service);
    if (!isOwn(flow.source) && !isOwn(flow.destination)) return undefined;
    if (view !== explained) {
      explain = createFlowExplainer(evaluatorInput(view));
      explained = view;
    }
    return explain(flow);
  };
}

function hostReason(flow: FlowRecord, health: HostFirewallHealth | undefined): FlowReason | undefined {
  if (health === undefined || health.policies.length === 0) return undefined;
  const policy = `node policy ${health.policies.join(', ')}`;
  const what = `${endName(flow.source)} on ${portName(flow)}`;
  return { policy, text: `${policy} ${flow.verdict === 'allowed' ? 'allows' : 'does not allow'} ${what}` };
}
