// The API reference in a browser: on a phone in the dark, on a desk in light.
// usage: node reference.mjs <base url> <folder for screenshots>; prints one JSON object per story.

import { base, end, open, shot, tell } from './kit.mjs';

for (const [name, size, colorScheme] of [['phone', 'phone', 'dark'], ['desk', 'desk', 'light']]) {
  const visit = await open([size, true, 'en-US'], { colorScheme });
  const { page, wrong } = visit;
  const elsewhere = [];
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${base}/`) && !url.startsWith('data:')) elsewhere.push(url);
  });
  const response = await page.goto(`${base}/docs/api`);
  await page.waitForSelector('#operations-tag-operators');
  await shot(page, `${name}-all`);
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  const first = await wide();
  await page.click('#operations-tag-operators');
  const clock = page.locator('#operations-operators-readClock');
  await clock.locator('.opblock-summary-control').click();
  // The credentials of the demo world are filled in.
  await clock.locator('button.execute').click();
  const status = await clock.locator('.live-responses-table .response-col_status').nth(1).innerText();
  await page.click('#operations-tag-finnotech');
  const transfer = page.locator('#operations-finnotech-transferTo');
  await transfer.locator('.opblock-summary-control').click();
  const body = await transfer.locator('textarea').first().inputValue();
  await transfer.scrollIntoViewIfNeeded();
  await page.screenshot({ path: (await import('node:path')).join(process.argv[3], `${name}-transfer.png`) });
  const dark = await page.evaluate(() => document.documentElement.classList.contains('dark-mode'));
  tell({
    story: 'reference', name, wide: [first, await wide()], dark, status: status.trim().slice(0, 3), amount: JSON.parse(body).amount, elsewhere, wrong,
    policy: response.headers()['content-security-policy'],
  });
  await visit.context.close();
}
await end();
