import { readParameters } from '../api/flow-query.ts';
import type { FlowLine } from '../api/types.ts';
import type { Log } from '../log.ts';
import type { Clock } from '../process/clock.ts';
import { createFlowExplainer, type ExplainFlow } from '../../rules/flows/explain-flow.ts';
import type { FlowQuery, FlowRecord } from '../../rules/flows/flow-record.ts';
import { withoutStaged } from '../../rules/staged/compare-verdicts.ts';
import type { AgentSession, AgentSessionEvents } from './agent-session.ts';
import type { ClusterPicture } from './cluster-view.ts';
import { evaluatorInput } from './evaluator-input.ts';
import { createFlowClaims, placesIn } from './flow-claims.ts';
import { createFlowHub, pastAndLive, type FlowHub, type NodePast } from './flow-hub.ts';
import { watchLosses, type LossWatch } from './flow-losses.ts';
import { createFlowQuestions } from './flow-questions.ts';

export interface GatherFlowsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly picture: () => ClusterPicture | undefined;
  readonly sessions: () => ReadonlyMap<string, AgentSession>;
  /** Puts on what a staged policy would say; absent: nothing is staged. */
  readonly mark?: (flow: FlowRecord) => FlowRecord;
}

export interface GatheredFlows extends Pick<AgentSessionEvents, 'onFlows' | 'onFlowHistory'> {
  readonly hub: FlowHub;
  readonly losses: LossWatch['totals'];
  /** By hostname: records of services that never were on the node that told of them. */
  refused(): ReadonlyMap<string, number>;
  /** The picture is new. */
  refreshed(): void;
  /** One node's verdict log; never fails. */
  askNode(id: string, query: FlowQuery): Promise<NodePast>;
  onEnd(session: AgentSession): void;
  /** What the API answers. @throws Fault `bad-query`, `too-many` */
  lines(asked: URLSearchParams, signal: AbortSignal): Promise<AsyncIterable<FlowLine>>;
}

/** Flows as the agents tell them, under the names of the nodes that really told them, each with its reason. */
export function gatherFlows({
  clock,
  log,
  picture,
  sessions,
  mark = withoutStaged,
}: GatherFlowsOptions): GatheredFlows {
  const questions = createFlowQuestions(clock);
  const losses = watchLosses(clock, log);
  const hub = createFlowHub({ askNodes, losses: losses.told });
  const claims = createFlowClaims(clock, placesIn(picture), (node, flows) => {
    hub.add(flows.map((flow) => mark(withReason({ ...flow, node: hostnameOf(node) }))));
  });
  let explained: ClusterPicture | undefined;
  let explain: ExplainFlow = () => undefined;

  function hostnameOf(node: string): string {
    return picture()?.placement.nodes.get(node)?.hostname ?? node;
  }

  /** By what this manager knows now; else in the agent's own words. */
  function withReason(flow: FlowRecord): FlowRecord {
    const now = picture();
    if (now !== undefined && now !== explained) {
      explain = createFlowExplainer(evaluatorInput(now.view));
      explained = now;
    }
    const reason = explain(flow);
    return reason === undefined ? flow : { ...flow, reason };
  }

  async function askNodes({ node: wanted, ...query }: FlowQuery): Promise<readonly NodePast[]> {
    const nodes = [...(picture()?.placement.nodes.values() ?? [])];
    return Promise.all(
      nodes
        .filter(({ hostname }) => wanted === undefined || hostname === wanted)
        .map(async ({ id }) => {
          const { flows, ...rest } = await askNode(id, query);
          return {
            ...rest,
            flows: flows.map((flow) => mark(flow.reason === undefined ? withReason(flow) : flow)),
          };
        }),
    );
  }

  async function askNode(id: string, query: FlowQuery): Promise<NodePast> {
    const node = hostnameOf(id);
    const session = sessions().get(id);
    if (session?.hello === undefined) return { node, flows: [], error: 'its agent is not connected' };
    const { flows, error } = await questions.ask(session, query);
    return {
      node,
      flows: flows.map((flow) => ({ ...flow, node })),
      ...(error !== undefined && { error }),
    };
  }

  return {
    hub,
    askNode,
    losses: losses.totals,
    refused: () =>
      new Map(
        [...(picture()?.placement.nodes.values() ?? [])].map(({ id, hostname }) => [
          hostname,
          claims.refused(id),
        ]),
      ),
    refreshed: claims.lookAgain,
    onFlows: (session, batch) => {
      const { node } = session.identity;
      for (const notice of losses.take(hostnameOf(node), session, batch)) hub.notice(notice);
      claims.offer(node, batch.flows);
    },
    onFlowHistory: questions.take,
    onEnd: questions.end,
    lines: async (asked, signal) => {
      const { query, follow } = readParameters(asked);
      if (!follow) return toAsync(await hub.past(query));
      const live = hub.follow(query, signal);
      if (query.since === undefined && query.limit === undefined) return live;
      return pastAndLive(hub.past(query), live);
    },
  };
}

async function* toAsync(lines: readonly FlowLine[]): AsyncGenerator<FlowLine> {
  yield* lines;
}
