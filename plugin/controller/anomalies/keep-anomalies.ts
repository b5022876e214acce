import { TIMES } from '../../config.ts';
import { asFault } from '../../fault.ts';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { AnomalyMemory, AnomalyMemoryFile } from './anomaly-memory.ts';

export interface KeepAnomaliesOptions {
  readonly file: AnomalyMemoryFile;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
  readonly memory: () => Parameters<AnomalyMemoryFile['write']>[0];
  /** Goes up with all that is worth being kept. */
  readonly changes: () => number;
}

/** What an earlier controller left; undefined: nothing that can be read. */
export async function readAnomalyMemory(
  file: AnomalyMemoryFile,
  log: Log,
): Promise<AnomalyMemory | undefined> {
  try {
    return await file.read();
  } catch (error) {
    const { code, message } = asFault(error);
    log.error({ code, err: error }, `${message}: what is usual is learnt anew`);
    return undefined;
  }
}

/** Leaves to the next controller what is usual. Returns how to end it, which saves once more. */
export function keepAnomalies({
  file,
  clock,
  log,
  memory,
  changes,
}: KeepAnomaliesOptions): () => Promise<void> {
  let kept = changes();
  let saving: Promise<void> = Promise.resolve();
  let cancel = clock.after(TIMES.anomaliesKept, look);
  let told = '';

  function look(): void {
    if (changes() !== kept) saving = saving.then(save);
    cancel = clock.after(TIMES.anomaliesKept, look);
  }

  async function save(): Promise<void> {
    const before = changes();
    let problem = '';
    try {
      const whole = await file.write(memory());
      kept = before;
      if (!whole) problem = 'more is usual than is kept: some services are learnt anew after a restart';
    } catch (error) {
      problem = `${asFault(error).message}: what is usual is learnt anew after a restart`;
    }
    if (problem !== '' && problem !== told) log.warn({}, problem);
    told = problem;
  }

  return async () => {
    cancel();
    await saving;
    await save();
  };
}
