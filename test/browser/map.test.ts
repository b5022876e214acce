import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Page } from 'puppeteer-core';
import {
  flow,
  HOSTILE,
  hostileCluster,
  largeCluster,
  type ShownCluster,
  votingCluster,
} from './map-clusters.ts';
import { openBrowser, openMap, serveMap, type ServedMap, type Theme } from './open-map.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Fault {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

/** What axe calls serious or critical. */
async function faultsOf(page: Page): Promise<readonly Fault[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) })))`,
  )) as readonly Fault[];
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

describe('the service map, in Chromium', function () {
  this.timeout(120_000);
  let browser: Browser;
  let served: ServedMap | undefined;
  let page: Page;
  const errors: string[] = [];

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  afterEach(async () => {
    await page.close();
    await served?.stop();
    assert.deepEqual(errors.splice(0), []);
  });

  async function open(cluster: ShownCluster, theme: Theme = 'light'): Promise<ServedMap> {
    served = await serveMap(cluster);
    page = await openMap(browser, served, theme);
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    return served;
  }

  const text = (selector: string): Promise<string> =>
    page.$eval(selector, (element) => (element as { textContent: string | null }).textContent ?? '');
  const count = async (selector: string): Promise<number> => (await page.$$(selector)).length;
  const waitForText = (selector: string, wanted: string) =>
    page.waitForFunction(
      `document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(wanted)})`,
    );

  for (const theme of ['light', 'dark'] as const)
    it(`has no serious accessibility fault in the ${theme} theme, nor have its details and its login`, async () => {
      const { url } = await open(await votingCluster(Date.now()), theme);
      assert.equal(await page.evaluate('document.documentElement.dataset.theme'), theme);
      assert.deepEqual(await faultsOf(page), []);
      await page.click('[data-id="service voting/db"]');
      await waitForText('#panel', 'Rules');
      assert.deepEqual(await faultsOf(page), []);
      const login = await browser.newPage();
      await login.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
      await login.goto(`${url}login`);
      assert.deepEqual(await faultsOf(login), []);
      await login.close();
    });

  it('tells of an arrow which lines decide, and what was seen last', async () => {
    await open(await votingCluster(Date.now()));
    const denied = `${JSON.stringify(['service attacker/attacker', 'service voting/db', 'denied'])}`;
    const button = `[data-key="${denied.replaceAll('"', '\\"')}"]`;
    await page.waitForSelector(button);
    await page.click(button);
    await waitForText('#panel', 'Last flows');
    const panel = await text('#panel');
    assert.match(panel, /attacker\/attacker → voting\/db/u);
    assert.match(panel, /No policy allows anything here/u);
    assert.match(panel, /ingress voting\/db\.ingress examples\/voting\/compose\.yaml:\d+/u);
    assert.match(panel, /denied by the ingress rules of voting\/db/u);
  });

  it('is used by keyboard alone: from place to place, into details, and back', async () => {
    await open(await votingCluster(Date.now()));
    await page.keyboard.press('/');
    assert.equal(await page.evaluate('document.activeElement.id'), 'search');
    await page.evaluate(`document.querySelector('.place[tabindex="0"]').focus()`);
    const seen = new Set<string>();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowDown'] as const) {
      await page.keyboard.press(key);
      seen.add((await page.evaluate('document.activeElement.dataset.id')) as string);
    }
    assert.ok(seen.size >= 3, [...seen].join());
    const id = (await page.evaluate('document.activeElement.dataset.id')) as string;
    await page.keyboard.press('Enter');
    await waitForText('#panel h2', id.replace(/^(?:service|outside) /u, ''));
    assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-pressed")'), 'true');
    await page.keyboard.press('Escape');
    await waitForText('#panel h2', 'arrows');
    assert.equal(await page.evaluate('document.activeElement.dataset.id'), id);
  });

  it('shows a flow that happens while it is open, and moves nothing', async () => {
    const { see } = await open(await votingCluster(Date.now()));
    const transform = () =>
      page.$eval('.place', (element) =>
        (element as unknown as { getAttribute(name: string): string }).getAttribute('transform'),
      );
    const before = await transform();
    const arrows = 4;
    await page.waitForFunction(`document.querySelectorAll('.arrow.denied').length === ${arrows}`);
    see(flow(['voting/worker', 'voting/api', 3000, 'denied'], Date.now()));
    await page.waitForFunction(`document.querySelectorAll('.arrow.denied').length === ${arrows + 1}`);
    await waitForText('#panel', 'voting/worker → voting/api');
    assert.equal(await transform(), before);
  });

  it('shows hostile names as text', async () => {
    await open(hostileCluster(Date.now()));
    await page.waitForSelector('.arrow.denied');
    const names = (await page.evaluate(
      `[...document.querySelectorAll('.place')].map((place) => place.dataset.id)`,
    )) as readonly string[];
    assert.equal(names.length, HOSTILE.length);
    for (const [index] of names.entries()) {
      await page.evaluate(
        `document.querySelectorAll('.place')[${index}].dispatchEvent(new Event('click', { bubbles: true }))`,
      );
      await waitForText('#panel', 'Rules');
    }
    assert.equal(await page.evaluate('window.taken'), undefined);
    assert.equal(await count('img'), 0);
    assert.equal(await page.evaluate(`document.querySelectorAll('script').length`), 1);
    const shown = (await page.evaluate(
      `[document.body.textContent, ...[...document.querySelectorAll('[aria-label]')].map((each) => each.getAttribute('aria-label'))].join()`,
    )) as string;
    assert.ok(!/[\u202a-\u202e\u0007\u001b]/u.test(shown));
    assert.ok(shown.includes('�evil��[31mred�'));
    // No name is wider than its box, and none hides another.
    const wide = await page.evaluate(
      `[...document.querySelectorAll('.place')].filter((place) => place.querySelector('text').getBBox().width > place.querySelector('rect').getBBox().width).length`,
    );
    assert.equal(wide, 0);
    assert.deepEqual(await faultsOf(page), []);
  });

  it('finds its way among 200 services: search, a stack, verdicts', async () => {
    await open(largeCluster(Date.now()));
    await page.waitForFunction(`document.querySelectorAll('.arrow').length > 1000`);
    assert.equal(await count('.place'), 200);
    assert.ok((await count('.arrow')) >= 1_000);
    await page.type('#search', 'ledger/db');
    await page.waitForFunction(`document.querySelectorAll('.place.lit').length === 1`);
    await page.$eval('#search', (field) => {
      (field as unknown as { value: string }).value = '';
      field.dispatchEvent(new Event('input'));
    });
    await page.select('#stack', 'stack ledger');
    await page.waitForFunction(`document.querySelectorAll('.place').length < 150`);
    const verdicts = '.chip[aria-pressed="true"]:not(.denied)';
    while ((await count(verdicts)) > 0) await page.click(verdicts);
    await page.waitForFunction(
      `[...document.querySelectorAll('.arrow')].every((arrow) => arrow.classList.contains('denied'))`,
    );
    await page.select('#stack', '');
    await page.waitForFunction(`document.querySelectorAll('.place').length === 200`);
    await page.click('#theme');
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark');
  });

  it('asks nothing of anybody else', async () => {
    const { url } = await open(await votingCluster(Date.now()));
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.reload();
    await page.waitForSelector('.place');
    assert.ok(asked.length >= 3);
    assert.deepEqual(
      asked.filter((address) => !address.startsWith(url)),
      [],
    );
  });
});
