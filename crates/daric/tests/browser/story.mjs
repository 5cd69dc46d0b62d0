// A purchase from end to end: the shop issues by its SDK, the payer pays on the page, the shop delivers, the operator looks it up.
// usage: node story.mjs <base url> <folder for screenshots> <the shop's program> <its packages>

import { execFileSync } from 'node:child_process';
import { back, base, called, code, end, look, more, open, operator as api, persian, press, query, signIn, tell } from './kit.mjs';

const [program, packages] = more;
const shop = (...step) => JSON.parse(execFileSync('python3', [program, base, ...step], { env: { ...process.env, PYTHONPATH: packages } }));

// The shop's client puts the address to call in the link, where any payer could. The call is signed because the origin is the shop's.
await api('/parties/201', 'PUT', { redirectUris: [back] });
const { id, payable, link } = shop('issue', `${back}?order=7`, back.replace('/back', '/call'));
const payer = await open(['phone', true, 'fa-IR']);
await payer.page.goto(link);
await look(payer, 'story-1-card');
await payer.page.fill('#pan', '5022000012340000');
await payer.page.fill('#cvv2', '123');
await payer.page.fill('#exp_month', '12');
await payer.page.fill('#exp_year', '1408');
await press(payer.page, '/card/otp');
await payer.page.fill('#otp', await code('+989123456789'));
await press(payer.page, '/card/pay');
await look(payer, 'story-2-receipt');
await payer.page.waitForURL(`${back}**`, { timeout: 20_000 });
const told = query(payer.page);
const call = await called('/call');
const { before, after } = shop('deliver', String(id));
tell({ story: 'purchase', payable, told, call, before, after });

const operator = await open(['desk', true, 'fa-IR']);
await operator.page.goto(`${base}/console/search?q=${told.rrn}`);
await signIn(operator.page, 'admin', 'daric-admin');
const byReference = await operator.page.locator('main table.rows tbody tr').count();
await operator.page.fill('#q', told.paymentBillNumber);
await operator.page.press('#q', 'Enter');
await operator.page.locator('main table.rows tbody a').first().click();
await operator.page.waitForURL(`**/console/invoices/${id}`);
await look(operator, 'story-3-invoice');
const moments = await operator.page.locator('ol.timeline li').allTextContents();
const accounts = await operator.page.locator('ol.timeline a').evaluateAll((links) => [...new Set(links.map((to) => to.pathname))]);
const entries = [];
for (const account of accounts) {
  await operator.page.goto(base + account);
  entries.push(...await operator.page.locator('main table.rows tbody tr', { hasText: persian(String(id)) }).allTextContents());
}
await look(operator, 'story-4-entries');
tell({ story: 'looked up', byReference, moments: moments.length, accounts: accounts.length, entries: entries.length, wrong: [...payer.wrong, ...operator.wrong] });
await end();
