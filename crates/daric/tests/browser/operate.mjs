// What operators do about payments and set up: a refund by two, a cancellation, a shop from its first form to its token, and all pages of the set-up.

import { base, end, issue, latin, look, nameOf, open, operator, service, signIn, tell, ways } from './kit.mjs';

const alert = (page) => page.textContent('main .notice');
const form = (page, action, more = '') => page.locator(`form[action$="${action}"]${more}`);
const send = async (page, one) => Promise.all([page.waitForEvent('load'), one.locator('button').click()]);

// A part of an invoice is refunded: one operator proposes, another one approves, and the page shows what is left.
async function refund() {
  const invoice = await issue({ userId: 101, billNumber: 'REFUND-1' });
  await service('demo-ali-token', 29821, { invoiceId: invoice.id, wallet: 'PODLAND_WALLET' });
  const path = `${base}/console/invoices/${invoice.id}`;
  const one = await open(['phone', true, 'fa-IR']);
  await one.page.goto(path);
  await signIn(one.page, 'admin', 'daric-admin');
  await look(one, 'refund-1-invoice');
  const part = () => form(one.page, '/refund', ':has([name=amount])');
  // More than was paid, and no reason: each is refused in words.
  await part().locator('[name=amount]').fill('۹۹۹۹۹۹۹');
  await part().locator('[name=reason]').fill('کالا کم بود');
  await send(one.page, part());
  await look(one, 'refund-2-refused');
  const tooMuch = await alert(one.page);
  // What was typed has stayed, and the form itself says what is wrong.
  const kept = await part().locator('[name=reason]').inputValue();
  const atForm = await part().locator('.wrong').textContent();
  await part().locator('[name=amount]').fill('۲۰٬۰۰۰');
  await part().locator('[name=reason]').fill('');
  await send(one.page, part());
  const noReason = await alert(one.page);
  await part().locator('[name=amount]').fill('۲۰٬۰۰۰');
  await part().locator('[name=reason]').fill('کالا کم بود');
  await send(one.page, part());
  const proposed = new URL(one.page.url()).pathname;
  await look(one, 'refund-3-proposed');
  const before = (await operator(`/invoices/${invoice.id}`)).refunded ?? 0;
  const two = await open(['desk', false, 'en-US']);
  await two.page.goto(`${base}/console/decisions`);
  await signIn(two.page, 'second', 'second-password');
  await look(two, 'refund-4-to-decide');
  await send(two.page, two.page.locator('form[action*="/decisions/"]:has(input[value=yes])'));
  await look(two, 'refund-5-decided');
  const { refunded, version } = await operator(`/invoices/${invoice.id}`);
  await one.page.goto(path);
  await look(one, 'refund-6-refunded');
  const facts = latin(await one.page.locator('main dl').first().textContent());
  await one.page.goto(`${base}/console/audit`);
  const audit = await one.page.locator('main table.rows').first().locator('tbody').textContent();
  tell({ story: 'refund', tooMuch, kept, atForm, noReason, proposed, before, refunded, versioned: Boolean(version), shown: facts.includes('20,000') || facts.includes('20٬000'), audit: audit.includes('کالا کم بود'), wrong: one.wrong });
  for (const { context } of [one, two]) await context.close();
}

// An unpaid invoice is canceled from its page.
async function cancel() {
  const invoice = await issue({ billNumber: 'CANCEL-1' });
  const at = await open(['desk', true, 'en-US']);
  const { page } = at;
  await page.goto(`${base}/console/invoices/${invoice.id}`);
  await signIn(page, 'second', 'second-password');
  await send(page, form(page, '/cancel'));
  const missing = await alert(page);
  await form(page, '/cancel').locator('[name=reason]').fill('issued twice');
  await send(page, form(page, '/cancel'));
  await look(at, 'cancel-1-canceled');
  const left = await form(page, '/cancel').count();
  const { state } = await operator(`/invoices/${invoice.id}`);
  tell({ story: 'cancel', missing, left, state, wrong: at.wrong });
  await at.context.close();
}

// A shop is made, and its token: each secret is shown once, and works.
async function shop(way) {
  const name = nameOf(way);
  const at = await open(way);
  const { page } = at;
  await page.goto(`${base}/console/setup/parties`);
  await signIn(page, 'second', 'second-password');
  await form(page, '/setup/parties').locator('[name=name]').fill(`کتاب ${name}`);
  await form(page, '/setup/parties').locator('[name=guilds]').fill('API_GUILD');
  await send(page, form(page, '/setup/parties'));
  await look(at, `shop-${name}-1-secret`);
  const once = new URL(page.url());
  const secret = await page.locator('main dd bdi.long').first().textContent();
  await page.reload();
  const again = await page.locator('main').textContent();
  await page.goto(`${base}/console/setup/parties`);
  const own = page.locator('main table.rows tr', { hasText: name }).locator('a').first();
  await Promise.all([page.waitForEvent('load'), own.click()]);
  await look(at, `shop-${name}-2-shop`);
  const tokens = () => form(page, '/tokens');
  await tokens().locator('[name=reason]').fill('integration');
  await send(page, tokens());
  await look(at, `shop-${name}-3-token`);
  const token = await page.locator('main dd bdi.long').first().textContent();
  const works = Boolean((await issue({}, token)).id);
  await Promise.all([page.waitForEvent('load'), page.locator('main a').last().click()]);
  const revoke = form(page, '/tokens/revoke');
  await revoke.locator('[name=reason]').fill('left');
  await send(page, revoke);
  await look(at, `shop-${name}-4-revoked`);
  const ended = await issue({}, token).then(() => false, () => true);
  tell({ story: 'shop', name, path: once.pathname + once.search, length: secret.length, again: again.includes(secret), works, ended, wrong: at.wrong });
  await at.context.close();
}

// The pages of the set-up on a screen.
async function setUp(way) {
  const name = nameOf(way);
  const at = await open(way);
  const { page } = at;
  await page.goto(`${base}/console/setup`);
  await signIn(page, 'second', 'second-password');
  await look(at, `setup-${name}-0`);
  const subjects = await page.locator('main table.rows a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  for (const path of subjects) {
    await page.goto(base + path);
    await look(at, `setup-${name}-${path.split('/').pop()}`);
    const first = page.locator('main table.rows a[href^="/console/setup/"]').first();
    if (await first.count()) {
      await Promise.all([page.waitForEvent('load'), first.click()]);
      await look(at, `setup-${name}-${path.split('/').pop()}-one`);
    }
  }
  tell({ story: 'setup', name, subjects: subjects.length, wrong: at.wrong });
  await at.context.close();
}

await operator('/operators', 'POST', { name: 'second', password: 'second-password', role: 'operator' });
await refund();
await cancel();
for (const way of [ways[0], ways[3]]) await shop(way);
for (const way of [ways[0], ways[2]]) await setUp(way);
await end();
