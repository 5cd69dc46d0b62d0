// The start page of a sandbox: on each screen, in the dark, and the way to it from a path that no platform has.

import { base, end, look, nameOf, open, tell, ways } from './kit.mjs';

for (const way of ways) {
  const visit = await open(way);
  const { context, page, scripts, wrong } = visit;
  await page.goto(`${base}/`);
  const closed = page.locator('details:not([open]) > summary');
  while (await closed.count()) await closed.first().click();
  await look(visit, `start-${nameOf(way)}`);
  const programs = await page.locator('pre').count();
  const first = page.locator('pre').first();
  await first.click();
  // One click selects a program whole.
  const copied = scripts ? (await page.evaluate(() => String(getSelection()))).trim() === (await first.textContent()).trim() : null;
  tell({ story: 'start', name: nameOf(way), programs, copied, wrong });
  await context.close();
}

{
  const visit = await open(['phone', true, 'fa-IR'], { colorScheme: 'dark', viewport: { width: 360, height: 740 } });
  await visit.page.goto(`${base}/`);
  await look(visit, 'start-dark');
  const response = await visit.page.goto(`${base}/nothing`);
  await look(visit, 'start-missing');
  await visit.page.click('main a');
  tell({ story: 'missing', status: response.status(), landed: new URL(visit.page.url()).pathname });
}

await end();
