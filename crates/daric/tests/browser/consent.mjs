// The consent page in a browser: with and without scripts, on a phone and on a desk.
// usage: node consent.mjs <base url> <folder for screenshots>; prints one JSON object per story.

import { createServer } from 'node:http';
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [base, shots] = process.argv.slice(2);
mkdirSync(shots, { recursive: true });

// The client's own page, to which consent leads back.
const client = createServer((request, response) => response.end('back at the client'));
await new Promise((ready) => client.listen(0, '127.0.0.1', ready));
const redirect = `http://127.0.0.1:${client.address().port}/return`;

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});

const sizes = { phone: { width: 320, height: 640 }, desk: { width: 1280, height: 900 } };

async function open(size, scripts, state) {
  const context = await browser.newContext({ viewport: sizes[size], javaScriptEnabled: scripts, locale: 'fa-IR' });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  const query = new URLSearchParams({
    client_id: 'drops', response_type: 'code', redirect_uri: redirect, bank: '062', state,
    scope: 'oak:transfer-to:execute,oak:balance:get,oak:card-charge:execute', limit: '350000', count: '5',
  });
  await page.goto(`${base}/dev/v2/oauth2/authorize?${query}`);
  return { context, page, wrong };
}

async function shot(page, name) {
  await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

async function logIn(page, password) {
  await page.fill('input[name=nid]', '1111111111');
  await page.fill('input[name=password]', password);
  await page.click('button:has-text("ورود")');
}

// Nothing may be wider than the screen, and the page reads from right to left.
async function measure(page) {
  return page.evaluate(() => ({
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    direction: getComputedStyle(document.body).direction,
    language: document.documentElement.lang,
  }));
}

// Moves the focus to a field by keyboard alone, from any place on the page.
async function tabTo(page, name) {
  for (let steps = 0; steps < 10; steps += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement.name === wanted, name)) return;
  }
  throw new Error(`no way to ${name} by keyboard`);
}

function back(page) {
  const url = new URL(page.url());
  return url.href.startsWith(redirect) ? Object.fromEntries(url.searchParams) : { stayed: url.pathname };
}

function tell(story) {
  console.log(JSON.stringify(story));
}

for (const [size, scripts] of [['phone', true], ['phone', false], ['desk', true], ['desk', false]]) {
  const name = `${size}-${scripts ? 'scripts' : 'plain'}`;
  let { context, page, wrong } = await open(size, scripts, `allow-${name}`);
  await shot(page, `${name}-1-log-in`);
  const first = scripts ? await measure(page) : undefined;
  await logIn(page, 'nope');
  const refused = { notice: await page.textContent('[role=alert]'), stayed: back(page).stayed };
  await shot(page, `${name}-2-wrong-password`);
  await logIn(page, '1111111111');
  const numbers = await page.locator('input[name=deposits]').evaluateAll((boxes) => boxes.map((box) => box.value)).catch(() => []);
  await shot(page, `${name}-3-deposits`);
  const second = scripts ? await measure(page) : undefined;
  for (const box of await page.locator('input[name=deposits]').all()) await box.check();
  await page.click('button:has-text("اجازه می‌دهم")');
  tell({ story: 'allow', name, refused, numbers, first, second, back: back(page), wrong });
  await context.close();

  ({ context, page, wrong } = await open(size, scripts, `deny-${name}`));
  await page.click('button:has-text("اجازه نمی‌دهم")');
  tell({ story: 'deny', name, back: back(page), wrong });
  await context.close();
}

// Logged in with none of the two deposits chosen; then one is chosen by keyboard alone.
{
  const { context, page, wrong } = await open('desk', true, 'keyboard');
  await tabTo(page, 'nid');
  await page.keyboard.type('1111111111');
  await page.keyboard.press('Tab');
  await page.keyboard.type('1111111111');
  await page.keyboard.press('Enter');
  await page.waitForSelector('input[name=deposits]');
  await page.click('button:has-text("اجازه می‌دهم")');
  const notice = await page.textContent('[role=alert]');
  await shot(page, 'desk-4-none-chosen');
  await tabTo(page, 'deposits');
  await page.keyboard.press('Space');
  const focused = await page.evaluate(() => document.activeElement.name);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${redirect}**`);
  tell({ story: 'keyboard', notice, focused, back: back(page), wrong });
  await context.close();
}

// An unknown request, in dark mode.
{
  const context = await browser.newContext({ viewport: sizes.phone, colorScheme: 'dark', locale: 'fa-IR' });
  const page = await context.newPage();
  const response = await page.goto(`${base}/dev/v2/oauth2/consent?request=${'x'.repeat(32)}`);
  await shot(page, 'phone-5-dead');
  tell({ story: 'dead', status: response.status(), title: await page.title(), ...(await measure(page)) });
  await context.close();
}

await browser.close();
client.close();
