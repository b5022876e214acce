import { toParameters } from '../../api/flow-query.ts';
import type { FlowLine } from '../../api/types.ts';
import type { FlowQuery, FlowRecord } from '../../../rules/flows/flow-record.ts';
import { LIMITS } from '../../config.ts';
import { CliFailure } from '../failure.ts';
import type { CliIo } from '../io.ts';
import { isNotice, printNotice } from '../observe/print-flows.ts';
import type { World } from '../world.ts';

/** As many as one answer of the controller holds: what lies before the newest of them is said to be missing. */
const MOST = LIMITS.flowsAsked;

/** What all nodes keep of it, through the controller on this manager. @throws CliFailure `no-controller` */
export async function* recordsOfCluster(
  io: CliIo,
  world: World,
  query: FlowQuery,
): AsyncGenerator<FlowRecord> {
  const parameters = toParameters({ ...query, limit: MOST }, false).toString();
  const lines = await world.readLines('controller', `/v1/flows?${parameters}`, new AbortController().signal);
  if (lines === undefined)
    throw new CliFailure('no-controller', 'no controller runs on this node', {
      hint: 'Run it on a manager that runs swarmwall controller, or give a copy of a verdict log with --flows.',
    });
  let count = 0;
  for await (const line of lines as AsyncIterable<FlowLine>)
    if (isNotice(line)) printNotice(io, line);
    else {
      count++;
      yield line;
    }
  if (count >= MOST)
    printNotice(io, {
      notice: 'cut',
      message: `only the newest ${String(MOST)} records were read; verdict logs with --flows have all`,
    });
}
