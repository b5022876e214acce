import { ASSETS } from '#map-assets';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { MapStatus } from '../../plugin/api/types.ts';
import { silentLog } from '../../plugin/log.ts';
import { startMap, type RunningMap } from '../../plugin/map/start-map.ts';
import { systemClock } from '../../plugin/process/clock.ts';
import type { FlowRecord } from '../../rules/flows/flow-record.ts';
import type { ShownCluster } from './map-clusters.ts';

export interface ServedMap {
  readonly url: string;
  readonly token: string;
  /** A node sees one more flow. */
  see(flow: FlowRecord): void;
  stop(): Promise<void>;
}

export async function serveMap({ cluster, flows }: ShownCluster): Promise<ServedMap> {
  const waiting: FlowRecord[] = [...flows];
  let wake: () => void = () => undefined;
  async function* follow(_: number, signal: AbortSignal): AsyncGenerator<FlowRecord> {
    signal.addEventListener('abort', () => {
      wake();
    });
    while (!signal.aborted) {
      const next = waiting.shift();
      if (next) yield next;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const map: RunningMap = await startMap({
    config: { mapAddress: '127.0.0.1', mapPort: 0 },
    source: { cluster: () => cluster, flows: follow },
    ...{ clock: systemClock, log: silentLog(), assets: ASSETS },
  });
  const status = map.status() as MapStatus & { state: 'serving' };
  return {
    ...{ url: status.url, token: status.token },
    see(flow) {
      waiting.push(flow);
      wake();
    },
    stop: () => map.stop(),
  };
}

/** Debian's. Root has no sandbox of Chromium's; what it opens here is our own page alone. */
export function openBrowser(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--force-color-profile=srgb'],
    protocolTimeout: 120_000,
  });
}

export type Theme = 'light' | 'dark';

/** Logged in, with the map drawn. */
export async function openMap(browser: Browser, { url, token }: ServedMap, theme: Theme): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.setViewport({ width: 1600, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  await page.goto(`${url}login#token=${token}`);
  await page.waitForSelector('.place');
  return page;
}
