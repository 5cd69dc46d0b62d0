// What the kit offers, against a server.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { attachDaric, DaricError, headerFault, NotInTime, Refused, startDaric } from 'daric';

const ELEVEN = '2026-11-21T11:00:00+03:30';
const RENT = {
  amount: 50_000, description: 'rent', destinationNumber: 'IR490620000000302876732005', paymentNumber: '123456',
};

let daric;
before(async () => { daric = await startDaric(); });
beforeEach(() => daric.reset());
afterEach((t) => daric.reportFailure(t));
after(() => daric.stop());

async function transfer(trackId, headers = {}) {
  const authorization = `Bearer ${await daric.token()}`;
  const url = `${daric.url}/oak/v2/clients/drops/transferTo?trackId=${trackId}`;
  const options = { method: 'POST', body: JSON.stringify(RENT) };
  return (await fetch(url, { ...options, headers: { authorization, 'content-type': 'application/json', ...headers } })).status;
}

async function pod(path, form = {}) {
  const body = new URLSearchParams(form);
  const reply = await fetch(daric.url + path, { method: 'POST', body, headers: { _token_: 'demo-shop-token' } });
  return reply.json();
}

test('every dialect has a base, a plain value that may be awaited', async () => {
  for (const sandbox of [daric, attachDaric(`${daric.url}/`)]) {
    for (const dialect of ['finnotech', 'paystar', 'pod']) {
      assert.ok(sandbox.base(dialect).startsWith(daric.url), dialect);
      assert.equal(await sandbox.base(dialect), sandbox.base(dialect));
    }
    for (const other of ['other', 'toString']) {
      assert.throws(() => sandbox.base(other), DaricError);
    }
  }
});

test('a token reads what it is for', async () => {
  for (const [fields, status] of [[{}, 200], [{ type: 'CLIENT-CREDENTIAL' }, 403]]) {
    const headers = { authorization: `Bearer ${await daric.token(fields)}` };
    const url = `${daric.url}/oak/v2/clients/drops/deposits/0302876214008/balance?trackId=b-1`;
    assert.equal((await fetch(url, { headers })).status === 200, status === 200, JSON.stringify(fields));
  }
});

test('the clock is set, moved and released', async () => {
  assert.equal((await daric.clock.set(new Date(ELEVEN))).jalali, '1405-08-30 11:00:00');
  assert.equal((await daric.clock.advance('PT1H')).jalali, '1405-08-30 12:00:00');
  assert.equal((await daric.clock.run()).mode, 'system');
  const { mode, now } = await daric.clock.freeze();
  assert.equal(mode, 'frozen');
  assert.equal((await daric.clock.now()).now, now);
});

test('the clock runs until nothing is due', async () => {
  await daric.clock.set(ELEVEN);
  await transfer('daric-unknown-done-1');
  assert.ok((await daric.clock.due()).length > 0);
  assert.ok((await daric.clock.run('idle')).ran > 0);
});

test('a reset forgets orders, faults and requests', async () => {
  await daric.clock.set(ELEVEN);
  await daric.faults.arm('error:server is busy', { operation: 'balance' });
  assert.equal(await transfer('t-1'), 200);
  await daric.reset();
  assert.deepEqual(await daric.admin('GET', '/admin/v1/orders?client=drops'), []);
  assert.deepEqual(await daric.faults.list(), []);
  assert.deepEqual(await daric.requests.list({ trackId: 't-1' }), []);
});

test('a fault strikes once, and the request says so', async () => {
  await daric.clock.set(ELEVEN);
  const { id } = await daric.faults.arm('error:server is busy', { operation: 'transferTo', trackId: 't-' });
  assert.deepEqual([await transfer('t-1'), await transfer('t-2')], [503, 200]);
  const { struck } = await daric.requests.wait({ trackId: 't-1' });
  assert.deepEqual([struck.kind, struck.rule], ['fault', id]);
  assert.equal((await daric.requests.wait({ trackId: 't-2' })).struck, undefined);
});

test('a fault is disarmed', async () => {
  const { id } = await daric.faults.arm('nested_error');
  await daric.faults.arm('nested_error');
  assert.equal(await daric.faults.clear(id), undefined);
  assert.equal((await daric.faults.list()).length, 1);
  await daric.faults.clear();
  assert.deepEqual(await daric.faults.list(), []);
});

test('a header asks for a fault of its own call', async () => {
  await daric.clock.set(ELEVEN);
  assert.equal(await transfer('t-1', daric.headerFault('error:server is busy')), 503);
  assert.equal(await transfer('t-1'), 200);
});

test('the header of a fault has its fields', () => {
  for (const [fields, header] of [
    [undefined, 'drop_after'],
    [{ then: 'done', after: 'PT1H', seed: undefined }, 'drop_after; then=done; after=PT1H'],
    [{ after: 'PT0.1S..PT2S', seed: 7 }, 'drop_after; after=PT0.1S..PT2S; seed=7'],
  ]) {
    assert.deepEqual(headerFault('drop_after', fields), { 'Daric-Fault': header });
  }
  for (const wrong of ['a;b', 'a\nb']) {
    assert.throws(() => headerFault(wrong), DaricError);
  }
});

test('a scenario is armed', async () => {
  const [{ scenario }] = await daric.scenarios();
  await daric.scenario(scenario);
  assert.ok((await daric.faults.list()).length > 0);
});

test('an SMS is returned once', async () => {
  const to = '09120000001';
  const send = (text) => daric.admin('POST', '/admin/v1/sms', { to, text });
  await send('first');
  await send('second');
  const seen = await daric.sms.wait({ to });
  assert.equal(seen.text, 'second');
  await send('third');
  assert.equal((await daric.sms.wait({ to })).text, 'third');
  assert.equal((await daric.sms.wait({ to, since: seen.id })).text, 'third');
});

test('what does not happen is not waited for longer than its time', async () => {
  await assert.rejects(daric.sms.wait({ to: '09120000002', timeout: 1 }), NotInTime);
  await assert.rejects(daric.requests.wait({ trackId: 'nothing', timeout: 1 }), NotInTime);
  await assert.rejects(daric.webhooks.wait({ state: 'dead', timeout: 1 }), NotInTime);
});

test('a snapshot is loaded', async () => {
  await daric.clock.set(ELEVEN);
  await transfer('t-1');
  await daric.snapshot.save('paid');
  await transfer('t-2');
  await daric.snapshot.load('paid');
  assert.deepEqual((await daric.admin('GET', '/admin/v1/orders?client=drops')).map((order) => order.trackId), ['t-1']);
  await daric.snapshot.drop('paid');
  assert.deepEqual(await daric.snapshot.list(), []);
});

test('a webhook is waited for and sent again', async (t) => {
  const shop = createServer((_, reply) => reply.writeHead(204).end()).listen(0, '127.0.0.1');
  t.after(() => shop.close());
  await new Promise((resolve) => shop.on('listening', resolve));
  const { ott } = await pod('/nzh/ott');
  const { result: invoice } = await pod('/nzh/biz/issueInvoice', {
    _ott_: ott, guildCode: 'API_GUILD', userId: 101,
    'productId[]': 0, 'price[]': 50_000, 'quantity[]': 1, 'productDescription[]': 'book',
  });
  const callUri = `http://127.0.0.1:${shop.address().port}/paid`;
  const query = { uniqueNumber: invoice.uniqueNumber, gateway: 'LOC', callUri, redirectUri: `${daric.url}/readyz` };
  assert.equal((await fetch(`${daric.url}/v1/pbc/payInvoiceByUniqueNumber?${new URLSearchParams(query)}`)).status, 200);
  const sent = await daric.webhooks.wait({ business: 201, state: 'sent' });
  assert.ok(sent.address.startsWith(callUri), sent.address);
  assert.deepEqual((await daric.webhooks.get(sent.id)).attempts.map((attempt) => attempt.status), [204]);
  await daric.webhooks.resend(sent.id);
});

test('a refusal names the field', async () => {
  await daric.clock.set(ELEVEN);
  for (const [body, status, field] of [[{ set: 'today' }, 400, 'set'], [{ advance: '-PT1H' }, 409, 'advance']]) {
    await assert.rejects(daric.admin('POST', '/admin/v1/clock', body), (refused) => {
      assert.ok(refused instanceof Refused);
      assert.deepEqual([refused.status, refused.field], [status, field]);
      return true;
    });
  }
});

test('the log has what the server has printed since the reset, in each form', async (t) => {
  const json = await startDaric({ args: ['--log', 'json'] });
  t.after(() => json.stop());
  for (const sandbox of [daric, json]) {
    await sandbox.admin('GET', '/admin/v1/values');
    assert.match(await sandbox.log(), /\/admin\/v1\/values/);
    await sandbox.admin('GET', '/admin/v1/values');
    await sandbox.reset();
    await sandbox.clock.now();
    const log = await sandbox.log();
    assert.match(log, /\/admin\/v1\/clock/);
    assert.doesNotMatch(log, /\/admin\/v1\/(values|reset)/);
  }
});

test('a summary has what struck a request and its reply', async () => {
  await daric.clock.set(ELEVEN);
  await daric.faults.arm('error:server is busy', { operation: 'transferTo' });
  await transfer('t-1');
  const [sent, body, reply] = (await daric.requests.summary()).split('\n').slice(-3);
  assert.match(sent, /^\w+ POST \/oak\/v2\/clients\/drops\/transferTo\?trackId=t-1 503 \(fault error:server is busy\)$/);
  assert.equal(body, `  > ${JSON.stringify(RENT)}`);
  assert.match(reply, /^  < {.*server is busy.*}$/);
});

test('a summary has one short line for each text', async () => {
  const headers = { authorization: `Bearer ${await daric.token()}`, 'content-type': 'application/json' };
  const body = `{\r\n  "description": "\x1b[31m${'r'.repeat(600)}`;
  await fetch(`${daric.url}/oak/v2/clients/drops/transferTo?trackId=t-1`, { method: 'POST', headers, body });
  const shown = `{ "description": " [31m${'r'.repeat(600)}`.slice(0, 500);
  assert.equal((await daric.requests.summary()).split('\n').at(-2), `  > ${shown}…`);
});

test('a summary has the last requests of its test alone', async () => {
  assert.equal(await daric.requests.summary(), '');
  for (let number = 0; number <= 20; number += 1) {
    await fetch(`${daric.url}/no-${number}`);
  }
  await daric.requests.forget();
  const [leftOut, ...lines] = (await daric.requests.summary()).split('\n');
  assert.equal(leftOut, '(earlier requests are left out)');
  const asked = lines.filter((line) => !line.startsWith('  ')).map((line) => line.replace(/^\w+ /, ''));
  assert.deepEqual(asked, Array.from({ length: 20 }, (_, at) => `GET /no-${at + 1} 404`));
});

describe('a test that fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daric-test-'));
  after(() => rmSync(folder, { recursive: true }));

  test('is reported to node:test with its requests and its log', (t) => {
    if (!('passed' in t)) {
      t.skip('this node:test does not say whether a test has failed');
      return;
    }
    const file = join(folder, 'failing.test.mjs');
    writeFileSync(file, `import { afterEach, before, beforeEach, test } from 'node:test';
      import { startDaric } from ${JSON.stringify(new URL('../index.js', import.meta.url).href)};
      let daric;
      before(async () => { daric = await startDaric(); });
      beforeEach(() => daric.reset());
      afterEach((t) => daric.reportFailure(t));
      test('passes', () => daric.admin('GET', '/admin/v1/values'));
      test('fails', async () => { await daric.clock.set('today'); });
      test('fails when its server has ended', async () => { await daric.stop(); throw new Error('it has to'); });`);
    // A test runner inside a test runner reports to the outer one.
    const { NODE_TEST_CONTEXT, ...env } = process.env;
    const { status, stdout } = spawnSync(process.execPath, ['--test', file], { env, encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 1, stdout);
    const expected = [
      'what daric replied:', ' POST /admin/v1/clock 400', '  > {"set":"today"}', '  < {"error":', 'what daric printed:',
      'route="/admin/v1/clock"', 'it cannot be read: cannot reach ',
    ];
    const found = expected.map((text) => stdout.indexOf(text));
    assert.ok(found.every((at, number) => at > (found[number - 1] ?? -1)), `${found}: ${stdout}`);
    assert.doesNotMatch(stdout, /\/admin\/v1\/values/);
  });

  test('is printed under vitest, and one that passes is not', async (t) => {
    const printed = t.mock.method(console, 'error', () => {});
    await daric.clock.now();
    for (const state of ['pass', 'fail', undefined]) {
      await daric.reportFailure(state && { task: { result: { state } } });
    }
    assert.equal(printed.mock.callCount(), 1);
    assert.match(printed.mock.calls[0].arguments[0], /^what daric replied:\n\w+ GET \/admin\/v1\/clock 200\n/);
  });
});

describe('a start', () => {
  test('uses a server that runs already', async () => {
    const attached = attachDaric(`${daric.url}/`);
    assert.equal(attached.url, daric.url);
    await attached.reset();
    await attached.stop();
    assert.ok((await daric.clock.now()).now);
  });

  test('says why there is no server', async () => {
    await assert.rejects(startDaric({ args: ['--no-such-argument'] }), /ended with 2[^]*--no-such-argument/);
    await assert.rejects(startDaric({ binary: '/nowhere/daric' }), DaricError);
  });

  test('ends with a program that does not stop it', () => {
    const program = "const { startDaric } = await import('daric'); const { url } = await startDaric(); console.log(url);";
    const cwd = new URL('.', import.meta.url);
    const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd, timeout: 60_000 });
    assert.equal(ended.status, 0, `${ended.stderr}`);
    return assert.rejects(attachDaric(`${ended.stdout}`.trim()).clock.now(), DaricError);
  });
});
