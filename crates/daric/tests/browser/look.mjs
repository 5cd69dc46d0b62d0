// A shop's look on the payment pages and in the console, receipts by means, card numbers while they are typed, Web OTP, and consents.

import { back, base, code, end, issue, link, look, nameOf, open, operator, persian, press, query, shot, signIn, tell, ways } from './kit.mjs';

const LOGO = 'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGHRFWHRDb21tZW50AG1hZGUgYnkgYSBwZXJzb242Sjk4AAAAFklEQVR42mPgjo8gCTGMahjVMHw1AADXaMIBwCcm9wAAAABJRU5ErkJggg==';
const NAME = 'کتاب‌فروشی Book';
const LOOK = { name: NAME, site: 'https://www.book.example', help: 'https://www.book.example/help', colour: '#ffdd00', accent: '#224466', logo: LOGO };
const ABOUT = 'سفارش Book 12 (جلد ۱)!';

// A card gets at most three passwords in ten minutes.
const later = () => operator('/clock', 'POST', { advance: 'PT11M' });

const style = (page, selector, name) => page.$eval(selector, (e, name) => getComputedStyle(e)[name], name);

// The page of a shop with a look: its name, site and logo, and its colours in both schemes.
async function ofShop(way) {
  const name = nameOf(way);
  for (const colorScheme of ['light', 'dark']) {
    const at = await open(way, { colorScheme });
    const { page, wrong, scripts } = at;
    await page.goto(link(await issue({ billNumber: `look-${name}-${colorScheme}`, description: ABOUT })));
    await look(at, `look-${name}-${colorScheme}-1-choice`);
    const head = await page.textContent('.payee');
    const logo = scripts ? await page.$eval('img.badge', (image) => image.naturalWidth) : 16;
    const sums = await page.locator('.method .price').allTextContents();
    await press(page, '/card');
    await look(at, `look-${name}-${colorScheme}-2-card`);
    const button = scripts ? { ground: await style(page, 'button.wide', 'backgroundColor'), text: await style(page, 'button.wide', 'color') } : undefined;
    // The second page of a browser links the style sheet that the first one had in it.
    const inline = (await page.content()).includes('<style>:root{');
    tell({ story: 'shop', name, colorScheme, scripts, head, logo, sums, button, inline, about: await page.textContent('.about'), wrong });
    await at.context.close();
  }
}

// Card numbers as people paste and correct them.
async function typing() {
  const at = await open(['phone', true, 'fa-IR']);
  const { page, wrong } = at;
  await page.goto(link(await issue(), '&gateway=PEP'));
  const shown = () => page.inputValue('#pan');
  const caret = () => page.$eval('#pan', (e) => e.selectionStart);
  const paste = async (text) => {
    await page.fill('#pan', '');
    await page.focus('#pan');
    await page.evaluate((text) => document.execCommand('insertText', false, text), text);
    return shown();
  };
  const pasted = [];
  for (const text of ['5022000012340000', ' 5022 - 0000 - 1234 - 0000 ', 'کارت: ۵۰۲۲-۰۰۰۰-۱۲۳۴-۰۰۰۰', '50220000123400009']) pasted.push(await paste(text));
  const bank = await page.textContent('#pan-help');
  // A digit typed in the middle, one removed by each key, and the blank between two groups.
  await page.$eval('#pan', (e) => e.setSelectionRange(2, 2));
  await page.keyboard.press('Backspace');
  const removed = [await shown(), await caret()];
  await page.keyboard.type('0');
  const typed = [await shown(), await caret()];
  await page.$eval('#pan', (e) => e.setSelectionRange(4, 4));
  await page.keyboard.press('Delete');
  const deleted = [await shown(), await caret()];
  await look(at, 'look-typing');
  const fields = await page.$$eval('input[autocomplete]', (all) => all.map((e) => [e.id, e.autocomplete]));
  tell({ story: 'typing', pasted, bank, removed, typed, deleted, fields, wrong });
  await at.context.close();
}

// The browser hands over the code of an SMS; the page takes it, and aborts the wait when the form is sent.
async function webOtp() {
  await later();
  const at = await open(['phone', true, 'fa-IR']);
  const { page, wrong } = at;
  await page.addInitScript(() => {
    window.OTPCredential = class {};
    window.asked = [];
    Object.defineProperty(navigator, 'credentials', {
      value: { get: (options) => { window.asked.push(JSON.stringify(options.otp)); return new Promise((done) => { window.arrive = (code) => done({ code }); }); } },
    });
  });
  await page.goto(link(await issue({ 'price[]': 300000 }), `&gateway=PEP&redirectUri=${encodeURIComponent(back)}`));
  await page.fill('#pan', '5022000012340000');
  await page.fill('#cvv2', '123');
  await page.fill('#exp_month', '12');
  await page.fill('#exp_year', '1408');
  await press(page, '/card/otp');
  const asked = await page.evaluate(() => window.asked);
  const otp = await code('+989123456789');
  await page.evaluate((otp) => window.arrive(otp), otp);
  await page.waitForFunction(() => document.querySelector('#otp').value);
  const same = (await page.inputValue('#otp')) === otp;
  await press(page, '/card/pay');
  await page.waitForURL('**/result');
  tell({ story: 'web otp', asked, same, wrong });
  await at.context.close();
}

// Voucher and card: the receipt on the page, in print, and for those who open the link later.
async function receipt(way, voucher) {
  await later();
  const name = nameOf(way);
  const invoice = await issue({ 'price[]': 300000, billNumber: `parts-${name}` });
  await operator('/parties/201/vouchers', 'POST', { code: voucher, value: 100000 });
  const at = await open(way);
  const { page, wrong, scripts } = at;
  await page.goto(link(invoice, `&redirectUri=${encodeURIComponent(back)}`));
  await page.click('details:has(#code) summary');
  await page.fill('#code', voucher);
  await press(page, '/voucher');
  await press(page, '/card');
  await page.fill('#pan', '5022000012340000');
  await page.fill('#cvv2', '123');
  await page.fill('#exp_month', '12');
  await page.fill('#exp_year', '1408');
  await press(page, '/card/otp');
  const button = await page.textContent('form[action$="/card/pay"] button');
  await page.fill('#otp', persian(await code('+989123456789')));
  await press(page, '/card/pay');
  await look(at, `receipt-${name}-1-page`);
  const headline = await page.textContent('.amount');
  const lines = await page.textContent('dl.facts');
  await page.emulateMedia({ media: 'print' });
  await shot(page, `receipt-${name}-2-print`);
  const printed = scripts ? await page.$$eval('.no-print, .foot', (all) => all.filter((e) => e.offsetParent).length) : 0;
  await page.emulateMedia({ media: 'screen' });
  await page.click('a.button.wide');
  await page.waitForURL(`${back}**`);
  const told = query(page);
  await at.context.close();
  const other = await open(way);
  await other.page.goto(link(invoice));
  await look(other, `receipt-${name}-3-link`);
  const shown = await other.page.textContent('main');
  tell({ story: 'receipt', name, button, headline, lines, printed, told, shown, wrong });
  await other.context.close();
}

// A user allows a business, sees what it may, and withdraws it.
async function consents(way) {
  const name = nameOf(way);
  const at = await open(way);
  const { page, wrong } = at;
  const asked = new URLSearchParams({
    client_id: 'shop', response_type: 'code', redirect_uri: back, scope: 'profile wallet:read invoice:standing', state: 's', standing_limit: '1000000', prompt: 'consent',
    code_challenge: 'a'.repeat(43), code_challenge_method: 'S256',
  });
  await page.goto(`${base}/oauth2/authorize?${asked}`);
  await look(at, `consents-${name}-1-log-in`);
  await page.fill('#username', 'ali');
  await page.fill('#password', 'ali');
  await press(page, '/login');
  await look(at, `consents-${name}-2-asked`);
  const rights = await page.locator('ul.plain li').allTextContents();
  const client = await page.textContent('.payee');
  await page.click('button[value=allow]');
  await page.waitForURL(`${back}**`);
  await page.goto(`${base}/oauth2/consents`);
  await look(at, `consents-${name}-3-list`);
  const listed = await page.textContent('main');
  await page.click('button[name=client]');
  await look(at, `consents-${name}-4-withdrawn`);
  const notice = await page.textContent('[role=status]');
  const left = await page.locator('button[name=client]').count();
  tell({ story: 'consents', name, rights, client, listed, notice, left, wrong });
  await at.context.close();
}

// An operator previews a look and saves it, without scripts as well.
async function operators(way) {
  const name = nameOf(way);
  const at = await open(way);
  const { page, wrong, scripts } = at;
  await page.goto(`${base}/console/looks`);
  await signIn(page, 'admin', 'daric-admin');
  await look(at, `console-looks-${name}-1-list`);
  await page.click('a[href="/console/looks/202"]');
  await look(at, `console-looks-${name}-2-form`);
  await page.fill('#name', 'Supplier');
  await page.fill('#colour', '#aa1155');
  await page.setInputFiles('#logo', { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(LOGO, 'base64') });
  await page.click('button[value=preview]');
  await look(at, `console-looks-${name}-3-preview`);
  const grounds = scripts ? await page.$$eval('.scheme .button', (all) => all.map((e) => getComputedStyle(e).backgroundColor)) : undefined;
  const logos = scripts ? await page.$$eval('.scheme img', (all) => all.map((e) => e.naturalWidth > 0)) : undefined;
  await page.setInputFiles('#logo', { name: 'logo.svg', mimeType: 'image/png', buffer: Buffer.from('<svg onload="alert(1)"/>') });
  await page.click('button[value=save]');
  const refused = await page.textContent('[role=status]');
  await page.setInputFiles('#logo', { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from(LOGO, 'base64') });
  await page.click('button[value=save]');
  await look(at, `console-looks-${name}-4-saved`);
  tell({ story: 'operators', name, grounds, logos, refused, saved: new URL(page.url()).search, wrong });
  await at.context.close();
}

await operator('/clock', 'POST', { set: '2026-11-21T11:00:00+03:30' });
await typing();
await webOtp();
await receipt(['phone', true, 'fa-IR'], 'PARTS1');
await receipt(['desk', false, 'en-US'], 'PARTS2');
await operator('/businesses/201/look', 'PUT', LOOK);
for (const way of ways) await ofShop(way);
await consents(['phone', true, 'fa-IR']);
await consents(['desk', false, 'en-US']);
await operators(['desk', true, 'fa-IR']);
await operators(['phone', false, 'en-US']);
await end();
