// The lists of the console: filters by address with and without scripts, totals, saved filters, files, keys, and each list on every screen.

import { base, end, issue, latin, look, open, operator, service, signIn, tell } from './kit.mjs';

const BANK = { deposits: ['0302876214008'], bank: '062' };
const day = async (date) => operator('/clock', 'POST', { set: `${date}T11:00:00+03:30` });

// Payments of two days: three transfers on 1405/08/30 and two on 1405/09/01, and some of each other kind.
async function work() {
  await day('2026-11-21');
  const { result } = await operator('/tokens', 'POST', { client: 'drops', type: 'CODE', ...BANK, scopes: ['oak:transfer-to:execute'], limit: 0, count: 0 });
  const transfer = (number) => fetch(`${base}/oak/v2/clients/drops/transferTo?trackId=story-list-${number}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${result.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ amount: number * 10_000, description: 'خرید كتاب =1+1 (ISBN 978-600)', destinationFirstname: 'مارتین', destinationLastname: 'رضایی', destinationNumber: '0302876732005', paymentNumber: '123456' }),
  });
  for (const number of [1, 2, 3]) await transfer(number);
  await day('2026-11-22');
  for (const number of [4, 5]) await transfer(number);
  const invoice = await issue({ userId: 101, billNumber: 'LIST-1' });
  await service('demo-ali-token', 29821, { invoiceId: invoice.id, wallet: 'PODLAND_WALLET' });
  await issue({ billNumber: 'فاکتور-۲' });
  const telephone = { amount: 25000, pan: '5022000012340000', order_id: 'list-phone', sequence: 'acd54b56ddd651a5cc3v' };
  await fetch(`${base}/api/ivr/bpm/otp-v2`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(telephone) });
  await operator('/sms', 'POST', { to: '09121234567', text: 'پیامک آزمایشی' });
}

const filters = 'details.filters';
const rows = (page) => page.locator('main table.rows tbody tr');

// An operator chooses a period and a client, sees the totals, and saves the filter.
async function byForm(way) {
  const at = await open(way);
  const { page, wrong, scripts } = at;
  await page.goto(`${base}/console/orders`);
  await signIn(page, 'admin', 'daric-admin');
  await page.click(`${filters} summary`);
  await page.fill(`${filters} input[name=from]`, '۱۴۰۵/۸/۳۰');
  await page.fill(`${filters} input[name=to]`, '1405/08/30');
  await page.fill(`${filters} input[name=of]`, 'drops');
  await page.selectOption(`${filters} select[name=sort]`, 'largest');
  await page.locator(`${filters} form`).first().locator('button').click();
  const found = await rows(page).count();
  const first = latin(await rows(page).first().locator('td.num').first().textContent()).replace(/\D/g, '');
  const said = latin(await page.locator('main').textContent());
  await page.fill(`${filters} form[action$="/filters"] input[name=name]`, `هفته ${way[0]}`);
  await page.click(`${filters} form[action$="/filters"] button`);
  await page.waitForURL(/done=1/);
  await page.goto(`${base}/console/orders`);
  if (await page.locator(`${filters}[open]`).count() === 0) await page.click(`${filters} summary`);
  await page.locator(`${filters} .saved a`, { hasText: `هفته ${way[0]}` }).click();
  const again = await rows(page).count();
  const file = await page.locator(`${filters} a[download]`).first().getAttribute('href');
  const csv = scripts && await page.evaluate(async (url) => (await (await fetch(url)).text()).trim().split('\r\n').length, file);
  await page.fill(`${filters} input[name=from]`, 'x');
  await page.locator(`${filters} form`).first().locator('button').click();
  const refused = await page.locator('.notice.bad').textContent();
  tell({ story: 'form', name: way.join(' '), found, first, totals: /60[,٬]000/.test(said), again, csv, refused, wrong });
  await at.context.close();
}

// `/` goes to the search, j and k move in a list, Enter opens a row.
async function byKeys() {
  const at = await open(['desk', true, 'en-US']);
  const { page, wrong } = at;
  await page.goto(`${base}/console/orders`);
  await signIn(page, 'admin', 'daric-admin');
  await page.waitForURL('**/console/orders');
  await page.waitForLoadState('load');
  await page.keyboard.press('/');
  const searched = await page.evaluate(() => document.activeElement.id);
  await page.keyboard.press('j');
  const typed = await page.inputValue('#q');
  await page.evaluate(() => document.activeElement.blur());
  for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
  const row = await page.evaluate(() => [...document.querySelectorAll('main table.rows tbody tr')].indexOf(document.activeElement));
  const to = await rows(page).nth(1).locator('a').first().getAttribute('href');
  await Promise.all([page.waitForURL(`**${to}`), page.keyboard.press('Enter')]);
  tell({ story: 'keys', searched, typed, row, wrong });
  await at.context.close();
}

// Every list on screens of each size, in both languages, light and dark.
async function everyScreen() {
  const screens = [
    [360, 'fa-IR', 'dark'], [768, 'en-US', 'light'], [1280, 'fa-IR', 'light'], [1280, 'en-US', 'dark'], [1920, 'fa-IR', 'light'],
  ];
  for (const [width, locale, colorScheme] of screens) {
    const at = await open(['desk', true, locale], { viewport: { width, height: 900 }, colorScheme });
    await at.page.goto(`${base}/console/orders`);
    await signIn(at.page, 'admin', 'daric-admin');
    for (const place of ['orders?from=1405/08/30', 'phone', 'invoices', 'messages', 'messages?which=calls', 'card-attempts', 'audit', 'decisions', 'accounts']) {
      await at.page.goto(`${base}/console/${place}`);
      await look(at, `lists-${width}-${locale.slice(0, 2)}-${colorScheme}-${place.replace(/\W+/g, '-')}`);
      // A table fits its page; states are on one line.
      const fits = await at.page.evaluate(() => ({
        scrolls: [...document.querySelectorAll('.scroll')].some((e) => e.scrollWidth > e.clientWidth + 1),
        wrapped: [...document.querySelectorAll('td .tag')].some((e) => e.getClientRects().length > 1),
      }));
      tell({ story: 'fits', width, place, ...fits });
    }
    await at.context.close();
  }
}

await work();
for (const way of [['desk', true, 'fa-IR'], ['phone', false, 'fa-IR']]) await byForm(way);
await byKeys();
await everyScreen();
await end();
