// The operators' console: signing in, the overview, the search down to the entries, two-person approval, and the daily work.

import { base, end, issue, latin, link, look, nameOf, open, operator, persian, service, signIn, tell, ways } from './kit.mjs';

const BANK = { deposits: ['0302876214008'], bank: '062' };

// Some payments, one of them with an unknown outcome.
async function work() {
  await operator('/clock', 'POST', { set: '2026-11-21T11:00:00+03:30' });
  const { result } = await operator('/tokens', 'POST', { client: 'drops', type: 'CODE', ...BANK, scopes: ['oak:transfer-to:execute'], limit: 0, count: 0 });
  const transfer = (trackId, more) => fetch(`${base}/oak/v2/clients/drops/transferTo?trackId=${trackId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${result.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ amount: 1000, description: 'شرح تراکنش', destinationFirstname: 'مارتین', destinationLastname: 'رضایی', destinationNumber: '0302876732005', paymentNumber: '123456', ...more }),
  }).then((response) => response.json());
  const done = await transfer('console-done');
  await transfer('console-paya', { amount: 500000, destinationNumber: 'IR870150000000300400500600' });
  await transfer('daric-unknown-1');
  const invoice = await issue({ userId: 101, billNumber: 'CONSOLE-1' });
  await service('demo-ali-token', 29821, { invoiceId: invoice.id, wallet: 'PODLAND_WALLET' });
  const telephone = { amount: 25000, pan: '5022000012340000', order_id: 'console-phone', sequence: 'acd54b56ddd651a5cc3v' };
  await fetch(`${base}/api/ivr/bpm/otp-v2`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(telephone) });
  const waiting = await issue({ billNumber: '<b>CONSOLE-2</b>' });
  await fetch(link(waiting, '&gateway=LOC&callUri=http%3A%2F%2F127.0.0.1%3A9%2Fcall'), { redirect: 'manual' });
  await operator('/operators', 'POST', { name: 'second', password: 'second-password', role: 'operator' });
  await operator('/operators', 'POST', { name: 'looker', password: 'looker-password', role: 'viewer' });
  // An order that is decided and then contradicted by its network.
  await transfer('daric-unknown-done-1');
  const [contradicted] = await operator('/orders?client=drops&limit=1');
  await operator(`/orders/${contradicted.id}/resolve`, 'POST', { verdict: 'failed' });
  await operator('/clock', 'POST', { advance: 'PT61S' });
  return { refCode: done.result.refCode, invoice };
}

const cell = (page, text) => page.locator('table.rows tr', { hasText: text }).first();

async function everyPlace(way, { refCode, invoice }) {
  const name = nameOf(way);
  const at = await open(way);
  const { page, wrong } = at;
  await page.goto(`${base}/console/orders`);
  await look(at, `console-${name}-01-log-in`);
  await signIn(page, 'admin', 'nope');
  const refused = await page.textContent('[role=alert]');
  await signIn(page, 'admin', 'daric-admin');
  const landed = new URL(page.url()).pathname;
  await look(at, `console-${name}-02-orders`);
  for (const place of ['', '/phone', '/invoices', '/accounts', '/accounts/3001', '/cycles', '/reports', '/reports/settlements', '/reports/success', '/reports/ageing', '/reports/trial-balance', '/messages', '/jobs', '/decisions', '/requests', '/operators', '/audit', '/sandbox']) {
    await page.goto(`${base}/console${place}`);
    await look(at, `console-${name}-03-${place.slice(1).replaceAll('/', '-') || 'overview'}`);
  }
  const found = {};
  const asked = { trackId: 'console-done', refCode, bill: 'CONSOLE-1', invoice: String(invoice.id), payment: invoice.paymentBillNumber, card: '5022000000', mask: '502200******0000', iban: 'IR870150000000300400500600', deposit: '0302876732005', mobile: '۰۹۱۲۱۲۳۴۵۶۷', handle: 'shop', nothing: 'no-such-thing' };
  for (const [kind, text] of Object.entries(asked)) {
    await page.fill('#q', text);
    await Promise.all([page.waitForEvent('load'), page.press('#q', 'Enter')]);
    found[kind] = await page.locator('main table.rows tbody tr').count();
  }
  await look(at, `console-${name}-04-nothing-found`);
  await page.goto(`${base}/console/search?q=console-done`);
  await page.click('main table.rows tbody a');
  await look(at, `console-${name}-05-order`);
  const entries = await page.locator('ol.timeline li').count();
  await page.goto(`${base}/console/invoices/${invoice.id}`);
  await look(at, `console-${name}-06-invoice`);
  const moments = await page.locator('ol.timeline li').allTextContents();
  await page.goto(`${base}/console/requests`);
  await cell(page, 'doServiceCall').locator('a').click();
  await look(at, `console-${name}-07-request`);
  const curl = await page.locator('pre').first().textContent();
  tell({ story: 'places', name, refused, landed, found, entries, moments: moments.length, curl: curl.startsWith('curl -i -X') && curl.includes('_token_: demo-'), wrong });
  await at.context.close();
}

// One operator proposes and may not approve; another one approves.
async function byTwo() {
  const one = await open(['desk', true, 'fa-IR']);
  await one.page.goto(`${base}/console/orders?which=undecided`);
  await signIn(one.page, 'admin', 'daric-admin');
  await one.page.click('main table.rows tbody a');
  const resolve = one.page.locator('form[action$="/resolve"]').first();
  await resolve.locator('button').click();
  const missing = await one.page.textContent('[role=status]');
  await one.page.locator('form[action$="/resolve"]').first().locator('input[name=reason]').fill('بانک تأیید کرد');
  await one.page.locator('form[action$="/resolve"]').first().locator('button').click();
  await look(one, 'two-1-proposed');
  const own = await one.page.locator('main table.rows form button').allTextContents();
  const two = await open(['phone', true, 'fa-IR']);
  await two.page.goto(`${base}/console/decisions`);
  await signIn(two.page, 'second', 'second-password');
  await look(two, 'two-2-to-decide');
  await two.page.locator('form[action*="/decisions/"]', { has: two.page.locator('input[value=yes]') }).locator('button').click();
  await two.page.waitForURL(/done=1$/);
  await look(two, 'two-3-decided');
  await one.page.goto(`${base}/console/orders?which=undecided`);
  const left = await one.page.locator('main table.rows tbody tr').count();
  await one.page.goto(`${base}/console/audit`);
  const audit = await one.page.locator('main table.rows tbody tr').first().textContent();
  tell({ story: 'two', missing, own, left, audit: audit.includes('second') && audit.includes('تأیید: تعیین تکلیف سفارش') });
  // A viewer sees the pages, and has no forms.
  const viewer = await open(['desk', true, 'en-US']);
  await viewer.page.goto(`${base}/console/sandbox`);
  await signIn(viewer.page, 'looker', 'looker-password');
  const forms = await viewer.page.locator('main form').count();
  const refused = (await viewer.page.goto(`${base}/console/operators`)).status();
  tell({ story: 'viewer', forms, refused });
  for (const { context } of [one, two, viewer]) await context.close();
}

// The files of a statement and of a cycle.
async function files() {
  const { page, context } = await open(['desk', true, 'en-US']);
  await page.goto(`${base}/console/accounts`);
  await signIn(page, 'admin', 'daric-admin');
  const csv = await page.evaluate(async (url) => {
    const response = await fetch(url);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return [[...bytes.slice(0, 3)], new TextDecoder().decode(bytes)];
  }, `${base}/console/accounts/2000000001010000/statement.csv`);
  tell({ story: 'csv', mark: csv[0], lines: csv[1].trim().split('\r\n') });
  await context.close();
}

// What is known: an order's timeline with the call that began it, the audit's search and export, and the heads of the chains.
async function known() {
  const at = await open(['desk', true, 'en-US']);
  const { page, wrong } = at;
  await page.goto(`${base}/console/search?q=daric-unknown-1`);
  await signIn(page, 'admin', 'daric-admin');
  await page.click('main table.rows tbody a');
  await look(at, 'known-1-order');
  const timeline = (await page.locator('ol.timeline li').allTextContents()).join('\n');
  const call = (await page.locator('main pre').allTextContents()).join('\n');
  await page.goto(`${base}/console/audit`);
  await page.goto(`${base}/console/audit?text=sign+in`);
  await look(at, 'known-2-audit');
  const actions = await page.locator('main table.rows').first().locator('tbody td:nth-child(3)').allTextContents();
  const href = await page.locator('a[href*="format=csv"]').first().getAttribute('href');
  const csv = await page.evaluate(async (url) => (await fetch(url)).text(), href);
  await operator('/chains/seal', 'POST');
  await page.goto(`${base}/console/audit`);
  const chains = await page.locator('main table.rows').last().locator('tbody tr').allTextContents();
  const heads = await page.evaluate(async (url) => (await fetch(url)).json(), '/console/audit/heads');
  await look(at, 'known-3-chains');
  tell({ story: 'known', timeline, call, actions: [...new Set(actions)], csv: csv.split('\r\n').filter((line) => line.includes(',sign in,')).length, lines: actions.length, chains: chains.length, heads: heads.map(({ hash }) => hash.length), wrong });
  await at.context.close();
}

// The overview updates itself; the sandbox's panel moves the clock, arms a fault, and resets the world.
async function panel() {
  const at = await open(['desk', true, 'fa-IR']);
  const { page, wrong } = at;
  await page.goto(`${base}/console`);
  await signIn(page, 'admin', 'daric-admin');
  const count = page.locator('.tile').nth(1).locator('strong');
  const before = Number(latin(await count.textContent()));
  const invoice = await issue({ userId: 101, billNumber: 'LIVE' });
  await service('demo-ali-token', 29821, { invoiceId: invoice.id, wallet: 'PODLAND_WALLET' });
  await count.filter({ hasText: persian(String(before + 1)) }).waitFor();
  await look(at, 'panel-1-overview');
  await page.goto(`${base}/console/sandbox`);
  await page.selectOption('select[name=advance]', 'PT1H');
  await page.click('form:has(select[name=advance]) button');
  const { now } = await operator('/clock');
  await page.fill('input[name=fault]', 'no_such_fault');
  await page.click('form:has(input[name=fault]) button');
  const refused = await page.textContent('[role=status]');
  await page.fill('input[name=fault]', 'rail_timeout');
  await page.click('form:has(input[name=fault]) button');
  const armed = (await operator('/faults')).faults.length;
  await look(at, 'panel-2-sandbox');
  await page.click('form[action$="/reset"] button');
  const unsure = await page.textContent('[role=status]');
  await page.fill('input[name=confirm]', 'reset');
  await page.click('form[action$="/reset"] button');
  await page.waitForURL('**/console/login');
  const orders = (await operator('/orders?client=drops')).length;
  tell({ story: 'panel', now, refused, armed, unsure, orders, wrong });
  await at.context.close();
}

const seeded = await work();
for (const way of [ways[2], ways[0], ways[3]]) await everyPlace(way, seeded);
await byTwo();
await files();
await known();
await panel();
await end();
