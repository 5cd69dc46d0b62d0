// What stories of pages share: a browser, screenshots, measurements, and the shop over HTTP.
// usage of a story: node story.mjs <base url> <folder for screenshots>; prints one JSON object per line.

import { createServer } from 'node:http';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

export const [base, shots, ...more] = process.argv.slice(2);
mkdirSync(shots, { recursive: true });
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The shop, or client, to which pages lead back.
const visits = [];
const shop = createServer((request, response) => {
  visits.push({ url: request.url, headers: request.headers });
  response.end('<title>shop</title>back at the shop');
});
await new Promise((ready) => shop.listen(0, '127.0.0.1', ready));
export const back = `http://127.0.0.1:${shop.address().port}/back`;

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});

export const sizes = { phone: { width: 320, height: 640 }, desk: { width: 1280, height: 900 } };
// The combinations of screen, scripts and language in which pages are tested.
export const ways = [
  ['phone', true, 'fa-IR'], ['phone', false, 'fa-IR'], ['desk', true, 'fa-IR'], ['desk', false, 'en-US'], ['phone', true, 'en-US'],
];
export const nameOf = ([size, scripts, locale]) => `${size}-${scripts ? 'scripts' : 'plain'}-${locale.slice(0, 2)}`;

export async function open([size, scripts, locale], options = {}) {
  const context = await browser.newContext({ viewport: sizes[size], javaScriptEnabled: scripts, locale, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  return { context, page, wrong, scripts };
}

export async function shot(page, name) {
  await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

// Nothing may be wider than the screen; the page reads in the direction of its language; no serious finding of axe.
export async function look({ page, scripts }, name) {
  await shot(page, name);
  const seen = { page: name, title: await page.title() };
  if (!scripts) return tell({ story: 'seen', ...seen });
  const measured = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    direction: getComputedStyle(document.body).direction,
    language: document.documentElement.lang,
    // Numbers that are broken over two lines, and hints of fields that are cut.
    broken: [...document.querySelectorAll('dd bdi')].filter((e) => /^[\d۰-۹]+$/.test(e.textContent) && e.getClientRects().length > 1).map((e) => e.textContent),
    cut: [...document.querySelectorAll('input[placeholder]')].filter((e) => {
      const style = getComputedStyle(e);
      const pen = document.createElement('canvas').getContext('2d');
      pen.font = style.font;
      return e.clientWidth && pen.measureText(e.placeholder).width > e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    }).map((e) => e.placeholder),
  }));
  // The page's policy admits no other scripts, so axe is injected by the debugger.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axeSource });
  const asked = 'axe.run(document, { resultTypes: ["violations"] }).then((r) => JSON.stringify(r.violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html).slice(0, 3)])))';
  const { result } = await session.send('Runtime.evaluate', { expression: asked, awaitPromise: true, returnByValue: true });
  await session.detach();
  const found = JSON.parse(result.value).filter(([impact]) => impact === 'serious' || impact === 'critical');
  tell({ story: 'seen', ...seen, ...measured, found });
}

export function tell(story) {
  console.log(JSON.stringify(story));
}

export async function end() {
  await browser.close();
  shop.close();
}

export const query = (page) => Object.fromEntries(new URL(page.url()).searchParams);
export const press = (page, action) => page.click(`form[action$="${action}"] button`);

export async function signIn(page, name, password) {
  await page.fill('#name', name);
  await page.fill('#password', password);
  await page.click('form[action="/console/login"] button');
}

// Waits for the server's call to the shop; returns its query, and whether it is signed.
export async function called(path) {
  for (;;) {
    const visit = visits.find(({ url }) => url.startsWith(path));
    if (visit) return { query: Object.fromEntries(new URL(visit.url, base).searchParams), signed: Boolean(visit.headers['daric-signature']) };
    await new Promise((next) => shop.once('request', next));
  }
}

// Calls of a party to POD's services.
async function call(token, form) {
  const response = await fetch(`${base}/srv/sc/nzh/doServiceCall`, {
    method: 'POST', headers: { _token_: token, _token_issuer_: '1' }, body: new URLSearchParams(form),
  });
  return response.json();
}

export async function service(token, id, form = {}) {
  const reply = await call(token, { scProductId: id, ...form });
  if (reply.hasError) throw new Error(JSON.stringify(reply));
  return reply;
}

export async function issue(form = {}, token = 'demo-shop-token') {
  const { ott } = await service(token, 29816);
  const lines = { 'productId[]': 0, 'price[]': 50000, 'quantity[]': 1, 'productDescription[]': 'کتاب «ریاضی دوم» جلد سخت' };
  return (await service(token, 29796, { _ott_: ott, guildCode: 'API_GUILD', ...lines, ...form })).result;
}

export const link = (invoice, more = '') => `${base}/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber=${invoice.uniqueNumber}${more}`;

export async function operator(path, method = 'GET', body) {
  const headers = { authorization: 'Bearer demo-admin-token', 'content-type': 'application/json' };
  // A change replaces any version.
  if (method === 'PUT') headers['if-match'] = '*';
  const response = await fetch(`${base}/admin/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  return response.status === 204 ? undefined : response.json();
}

// The code in the newest SMS to a number.
export async function code(to) {
  const [sms] = await operator(`/sms?limit=1&to=${encodeURIComponent(to)}`);
  return sms.text.match(/: (\d+)/)[1];
}

export const latin = (text) => text.replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0));
export const persian = (text) => text.replace(/\d/g, (digit) => String.fromCharCode(0x6f0 + +digit));
