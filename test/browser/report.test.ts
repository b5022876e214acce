import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'puppeteer-core';
import { DEFAULT_SETTINGS } from '../../compose-ext/index.ts';
import { reportHtml } from '../../plugin/cli/report/report-html.ts';
import { judgeReport } from '../../rules/report/judge-report.ts';
import type { ReportFacts } from '../../rules/report/report.ts';
import { HOSTILE, hostileCluster, type ShownCluster, votingCluster } from './map-clusters.ts';
import { openBrowser } from './open-map.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function facts({ cluster }: ShownCluster): ReportFacts {
  const { networks } = cluster;
  return {
    ...{ at: Date.now(), version: '1.0.0', cluster, networks, settings: DEFAULT_SETTINGS, logs: {} },
    ...{ admission: [], problems: HOSTILE.map((message) => ({ subject: message, message })) },
    nodes: [
      {
        ...{ hostname: HOSTILE[0]!, role: 'manager', state: 'failed', enforced: false, down: false },
        ...{ driftRepaired: 1, hostFirewall: { state: 'confirmed', policies: [HOSTILE[1]!] }, encrypted: [] },
      },
    ],
  };
}

describe("the auditor's report, in Chromium", function () {
  this.timeout(120_000);
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  for (const theme of ['light', 'dark'] as const)
    it(`is one page without a serious accessibility fault, in the ${theme} theme and printed`, async () => {
      const cluster = theme === 'light' ? await votingCluster(0) : hostileCluster(0);
      const page = await browser.newPage();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
      await page.setContent(reportHtml(judgeReport(facts(cluster))));
      for (const media of ['screen', 'print'] as const) {
        await page.emulateMediaType(media);
        await page.evaluate(axe);
        const faults = await page.evaluate(
          `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id))`,
        );
        assert.deepEqual(faults, [], media);
      }
      const styled = await page.evaluate(`getComputedStyle(document.querySelector('table')).borderCollapse`);
      assert.equal(styled, 'collapse', 'its own policy lets its own style in');
      assert.equal(await page.evaluate(`document.querySelectorAll('script, img, link, iframe').length`), 0);
      assert.equal(await page.evaluate('window.taken'), undefined);
      const wide = await page.evaluate(
        'document.documentElement.scrollWidth > document.documentElement.clientWidth',
      );
      assert.equal(wide, false, 'nothing is wider than the page');
      assert.ok((await page.pdf()).length > 1_000);
      assert.deepEqual(
        asked.filter((url) => !url.startsWith('about:')),
        [],
      );
      await page.close();
    });
});
