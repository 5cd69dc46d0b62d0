// The payment pages in a browser: card, wallet, voucher and credit; leaving; states; with and without scripts, in both languages.

import { back, base, code, end, issue, latin, link, look, nameOf, open, operator, persian, press, query, service, tell, ways } from './kit.mjs';

const PAN = '5022000012340000';
const redirect = `&redirectUri=${encodeURIComponent(`${back}?o=1`)}`;

// A card gets at most three passwords in ten minutes.
const later = () => operator('/clock', 'POST', { advance: 'PT11M' });

async function byCard(way) {
  await later();
  const name = nameOf(way);
  const invoice = await issue({ billNumber: `card-${name}` });
  const at = await open(way);
  const { page, wrong, scripts } = at;
  await page.goto(link(invoice, redirect));
  await look(at, `card-${name}-1-choice`);
  await press(page, '/card');
  await look(at, `card-${name}-2-card`);
  // Too few digits: the page says which field.
  await page.fill('#pan', '50220000');
  await page.fill('#cvv2', '123');
  await page.fill('#exp_month', '12');
  await page.fill('#exp_year', '08');
  await press(page, '/card/otp');
  const typed = { notice: await page.textContent('[role=alert]'), invalid: await page.getAttribute('#pan', 'aria-invalid') };
  await look(at, `card-${name}-3-typed-wrong`);
  // Digits of a Persian keyboard, typed one by one; scripts group them.
  await page.fill('#pan', '');
  await page.locator('#pan').pressSequentially(persian(PAN));
  const shown = await page.inputValue('#pan');
  await page.fill('#cvv2', persian('123'));
  await page.fill('#exp_month', '12');
  await page.fill('#exp_year', '1408');
  await press(page, '/card/otp');
  await look(at, `card-${name}-4-password`);
  const clock = scripts ? await page.textContent('.clock') : undefined;
  const otp = await code('+989123456789');
  await page.fill('#otp', otp === '11111' ? '22222' : '11111');
  await press(page, '/card/pay');
  const refused = await page.textContent('[role=alert]');
  await look(at, `card-${name}-5-wrong-password`);
  await page.fill('#otp', persian(otp));
  await press(page, '/card/pay');
  await look(at, `card-${name}-6-receipt`);
  const receipt = await page.textContent('main');
  const hidden = !(await page.content()).includes(PAN);
  await page.click('a.button.wide');
  await page.waitForURL(`${back}**`);
  const [paid] = (await service('demo-shop-token', 29813, { id: invoice.id, offset: 0 })).result;
  const told = query(page);
  const same = told.rrn === paid.rrn && told.tref === paid.transactionReferenceId && told.invoiceId === String(invoice.id);
  tell({ story: 'card', name, typed, shown, clock, refused, hidden, told: told.paid, same, payed: paid.payed, receipt: receipt.includes('shop'), wrong });
  await at.context.close();
}

async function byWallet(way) {
  const name = nameOf(way);
  const invoice = await issue({ billNumber: `wallet-${name}` });
  const at = await open(way);
  const { page, wrong } = at;
  await page.goto(link(invoice, redirect));
  await page.click('a.method');
  await look(at, `wallet-${name}-1-log-in`);
  await page.fill('#username', 'ali');
  await page.fill('#password', 'nope');
  await press(page, '/login');
  const refused = await page.textContent('[role=alert]');
  await page.fill('#username', 'ali');
  await page.fill('#password', 'ali');
  await press(page, '/login');
  // An unknown voucher.
  await page.click('details:has(#code) summary').catch(() => {});
  await page.fill('#code', 'NOPE');
  await press(page, '/voucher');
  const voucher = await page.textContent('[role=alert]');
  await look(at, `wallet-${name}-2-choice`);
  await press(page, '/wallet');
  await look(at, `wallet-${name}-3-receipt`);
  // The page continues by itself.
  await page.waitForURL(`${back}**`, { timeout: 20_000 });
  tell({ story: 'wallet', name, refused, voucher, told: query(page).paid, terminal: query(page).terminalId, wrong });
  await at.context.close();
}

async function byMobile(way) {
  const name = nameOf(way);
  const invoice = await issue({ userId: 101, billNumber: `mobile-${name}` });
  const at = await open(way);
  const { page, wrong } = at;
  await page.goto(`${base}/v1/pbc/payinvoice/?invoiceId=${invoice.id}`);
  await page.fill('#mobile', '۰۹۱۲۱۲۳۴۵۶۷');
  await press(page, '/login/otp');
  const sent = await page.textContent('[role=alert]');
  await look(at, `mobile-${name}-1-code`);
  await page.fill('#otp', await code('+989121234567'));
  await press(page, '/login');
  await press(page, '/wallet');
  await look(at, `mobile-${name}-2-receipt`);
  tell({ story: 'mobile', name, sent, at: new URL(page.url()).pathname.split('/').pop(), wrong });
  await at.context.close();
}

async function byVoucherAndCredit() {
  const way = ['phone', true, 'fa-IR'];
  const invoice = await issue({ 'price[]': 200000, billNumber: 'voucher' }, 'demo-supplier-token');
  await operator('/parties/202/vouchers', 'POST', { code: 'NOWRUZ', value: 100000 });
  const at = await open(way);
  const { page, wrong } = at;
  await page.goto(link(invoice));
  await page.click('a.method');
  await page.fill('#username', 'shop');
  await page.fill('#password', 'shop');
  await press(page, '/login');
  await page.click('details:has(#code) summary');
  await page.fill('#code', 'NOWRUZ');
  await press(page, '/voucher');
  await look(at, 'shares-1-voucher');
  await press(page, '/credit');
  await look(at, 'shares-2-covered');
  const covered = await page.textContent('main');
  await press(page, '/wallet');
  await look(at, 'shares-3-receipt');
  const receipt = await page.textContent('main');
  tell({ story: 'shares', covered: covered.includes('چیزی برای پرداخت نمانده است.'), receipt: ['بن تخفیف', 'اعتبار'].every((part) => receipt.includes(part)), wrong });
  await at.context.close();
}

// Two clicks in a row send one form; a payer who leaves goes back unpaid.
async function leaving(way) {
  const name = nameOf(way);
  const invoice = await issue({ billNumber: `leave-${name}` });
  const at = await open(way);
  const { page, wrong, scripts } = at;
  await page.goto(link(invoice, redirect));
  let posts = 0;
  page.on('request', (request) => { posts += request.method() === 'POST'; });
  if (scripts) await page.dblclick('form[action$="/card"] button');
  else await press(page, '/card');
  await page.waitForSelector('#pan');
  await press(page, '/cancel');
  await page.waitForURL(`${back}**`);
  tell({ story: 'leaving', name, posts, told: query(page).paid, wrong });
  await at.context.close();
}

// Going back and forward, loading again, closing the tab, opening the link again, the other language, the other ways to pay; then the card pays.
async function wandering(way) {
  await later();
  const name = nameOf(way);
  const invoice = await issue({ billNumber: `wander-${name}` });
  const at = await open(way);
  const { context, wrong, scripts } = at;
  let posts = 0;
  context.on('request', (request) => { posts += request.method() === 'POST'; });
  const sent = async () => (await operator(`/sms?limit=100&to=${encodeURIComponent('+989123456789')}`)).length;
  const before = await sent();
  await at.page.goto(link(invoice, redirect));
  await press(at.page, '/card');
  const fields = [['#pan', PAN], ['#cvv2', '123'], ['#exp_month', '12'], ['#exp_year', '1408']];
  for (const [field, text] of fields) await at.page.fill(field, text);
  await press(at.page, '/card/otp');
  await at.page.waitForSelector('#otp');
  await at.page.reload();
  await at.page.goBack();
  await at.page.waitForSelector('#pan');
  await at.page.goBack();
  await at.page.waitForSelector('a.method[href$="/card/otp"]');
  await look(at, `wander-${name}-1-choice`);
  await at.page.goForward();
  await at.page.goForward();
  await at.page.waitForSelector('#otp');
  await at.page.close();
  // The link of the SMS is opened again.
  const page = await context.newPage();
  await page.goto(link(invoice, redirect));
  const resumed = await page.isVisible('#otp');
  await look({ page, scripts }, `wander-${name}-2-resumed`);
  const first = await page.getAttribute('html', 'lang');
  await page.click('header a');
  const language = await page.isVisible('#otp') && first !== await page.getAttribute('html', 'lang');
  // Another browser sees who pays, and until when.
  const other = await open(way);
  await other.page.goto(link(invoice, redirect));
  const held = await other.page.textContent('main');
  await look(other, `wander-${name}-3-held`);
  await other.context.close();
  await page.click('main > a.button.quiet');
  await page.click('a.method[href$="/card/otp"]');
  const otp = await code('+989123456789');
  await page.fill('#otp', otp);
  await press(page, '/card/pay');
  await page.waitForURL('**/result');
  await page.goto(link(invoice, redirect));
  const receipt = new URL(page.url()).pathname.split('/').pop();
  tell({ story: 'wander', name, posts, sms: await sent() - before, resumed, language, held: /\d\d:\d\d/.test(latin(held)), receipt, wrong });
  await context.close();
}

// The password expires while the page is open: with scripts the page says so by itself, without them when it is loaded or sent.
async function expiring(way) {
  await later();
  const name = nameOf(way);
  const invoice = await issue({ billNumber: `expire-${name}` });
  const at = await open(way);
  const { page, wrong } = at;
  await page.goto(link(invoice, `&gateway=PEP${redirect}`));
  const fields = [['#pan', PAN], ['#cvv2', '124'], ['#exp_month', '12'], ['#exp_year', '1408']];
  for (const [field, text] of fields) await page.fill(field, text);
  await press(page, '/card/otp');
  const focused = await page.locator('#cvv2:focus').count() ? 'cvv2' : '';
  const cvv2 = await page.textContent('[role=alert]');
  await look(at, `expire-${name}-1-cvv2`);
  await page.fill('#cvv2', '123');
  await press(page, '/card/otp');
  const old = await code('+989123456789');
  await page.fill('#otp', old);
  await operator('/clock', 'POST', { advance: 'PT2M' });
  await press(page, '/card/pay');
  const expired = await page.textContent('[role=alert]');
  await look(at, `expire-${name}-2-expired`);
  await press(page, '/card/otp');
  await page.fill('#otp', await code('+989123456789'));
  await press(page, '/card/pay');
  await page.waitForURL('**/result');
  tell({ story: 'expire', name, focused, cvv2, expired, wrong });
  await at.context.close();
}

// A voucher of 100,000 and a card together; each page shows what is left.
async function byVoucherAndCard(way, value) {
  await later();
  const name = nameOf(way);
  await operator('/parties/201/vouchers', 'POST', { code: value, value: 100000 });
  const invoice = await issue({ 'price[]': 300000, billNumber: `voucher-${name}` });
  const at = await open(way);
  const { page, wrong } = at;
  await page.goto(link(invoice));
  const left = async () => latin(await page.textContent('.amount strong')).replace(/\D/g, '');
  const sums = [await left()];
  const apply = async () => {
    if (!await page.isVisible('#code')) await page.click('details:has(#code) summary');
    await page.fill('#code', value);
    await press(page, '/voucher');
    sums.push(await left());
  };
  await apply();
  await press(page, '/voucher/remove');
  sums.push(await left());
  await apply();
  await look(at, `voucher-${name}-1-choice`);
  await press(page, '/card');
  sums.push(await left());
  await look(at, `voucher-${name}-2-card`);
  const fields = [['#pan', PAN], ['#cvv2', '123'], ['#exp_month', '12'], ['#exp_year', '1408']];
  for (const [field, text] of fields) await page.fill(field, text);
  await press(page, '/card/otp');
  sums.push(await left());
  await look(at, `voucher-${name}-3-password`);
  await page.fill('#otp', await code('+989123456789'));
  await press(page, '/card/pay');
  await page.waitForURL('**/result');
  tell({ story: 'voucher', name, sums, wrong });
  await at.context.close();
}

async function states() {
  const paid = await issue({ billNumber: 'state-paid' });
  await fetch(link(paid, '&gateway=LOC'), { redirect: 'manual' });
  const waiting = await issue({ billNumber: 'state-waiting', verificationNeeded: true });
  await fetch(link(waiting, '&gateway=LOC'), { redirect: 'manual' });
  const elsewhere = await issue({ billNumber: 'state-elsewhere' });
  const card = (await fetch(link(elsewhere, '&gateway=PEP'), { redirect: 'manual' })).headers.get('location');
  const typed = { pan: '5022000012340099', cvv2: '123', exp_year: '1408', exp_month: '12' };
  await fetch(`${base}${card}/otp`, { method: 'POST', body: new URLSearchParams(typed) });
  const canceled = await issue({ billNumber: 'state-canceled' });
  await service('demo-shop-token', 29810, { id: canceled.id });
  const pages = { paid: link(paid), waiting: link(waiting), elsewhere: link(elsewhere), canceled: link(canceled) };
  Object.assign(pages, { missing: link({ uniqueNumber: 'f' }), dead: `${base}/v1/pbc/PayInvoiceDispatcher/?h=x` });
  for (const [state, url] of Object.entries(pages)) {
    for (const locale of ['fa-IR', 'en-US']) {
      const at = await open(['phone', true, locale], { colorScheme: locale === 'fa-IR' ? 'dark' : 'light' });
      const response = await at.page.goto(url);
      await look(at, `state-${state}-${locale.slice(0, 2)}`);
      tell({ story: 'state', state, locale, status: response.status(), heading: await at.page.textContent('h1') });
      await at.context.close();
    }
  }
  // The other language is one click away, and stays.
  const at = await open(['phone', true, 'fa-IR']);
  await at.page.goto(link(await issue({ billNumber: 'language' })));
  await at.page.click('header a');
  const first = await at.page.textContent('h1');
  await at.page.reload();
  await at.page.goto(at.page.url().split('?')[0]);
  tell({ story: 'language', first, then: await at.page.textContent('h1') });
  await at.context.close();
}

// By keyboard alone, in dark mode, with reduced motion.
async function byKeyboard() {
  await later();
  const invoice = await issue({ billNumber: 'keyboard' });
  const at = await open(['desk', true, 'fa-IR'], { colorScheme: 'dark', reducedMotion: 'reduce' });
  const { page, wrong } = at;
  const order = [];
  await page.goto(link(invoice, `&gateway=PEP${redirect}`));
  for (let steps = 0; steps < 8; steps += 1) {
    await page.keyboard.press('Tab');
    order.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName));
  }
  await page.focus('#pan');
  for (const text of [PAN, '123', '12', '1408']) {
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.waitForSelector('#otp');
  await look(at, 'keyboard-1-password');
  const focused = await page.evaluate(() => document.activeElement.id);
  await page.keyboard.type(await code('+989123456789'));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/result');
  await look(at, 'keyboard-2-receipt');
  tell({ story: 'keyboard', order, focused, wrong });
  await at.context.close();
}

await operator('/clock', 'POST', { set: '2026-11-21T11:00:00+03:30' });
for (const way of ways) await byCard(way).then(() => byWallet(way)).then(() => leaving(way));
for (const [at, way] of ways.entries()) await wandering(way).then(() => expiring(way)).then(() => byVoucherAndCard(way, `WAY-${at}`));
await byMobile(['phone', true, 'fa-IR']);
await byMobile(['desk', false, 'en-US']);
await byVoucherAndCredit();
await byKeyboard();
await states();
await end();
