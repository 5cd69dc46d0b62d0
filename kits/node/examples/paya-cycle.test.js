// A paya order waits for its cycle. The test moves the clock past the cycle instead of waiting for it.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startDaric } from 'daric';

let daric;
before(async () => { daric = await startDaric(); });
beforeEach(() => daric.reset());
afterEach((t) => daric.reportFailure(t));
after(() => daric.stop());

async function call(token, path, body) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const options = body ? { method: 'POST', body: JSON.stringify(body), headers } : { headers };
  return (await fetch(`${daric.url}/oak/v2/clients/drops/${path}`, options)).json();
}

test('a paya order is in payas when its cycle has settled', async () => {
  await daric.clock.set('2026-11-21T11:00:00+03:30');
  const token = await daric.token();
  const payas = async () => {
    const period = 'fromDate=050801&toDate=050830';
    return (await call(token, `deposits/0302876214008/payas?trackId=list-1&${period}`)).result.transactions;
  };
  const order = await call(token, 'payaTransfer?trackId=salary-1', {
    amount: 20_000_000, description: 'salary', paymentNumber: '123456',
    destinationNumber: 'IR870150000000300400500600', destinationFirstname: 'Martin', destinationLastname: 'Rezaei',
  });
  assert.equal(order.status, 'DONE');
  assert.deepEqual(await payas(), []);
  await daric.clock.advance('PT2H45M');
  assert.deepEqual((await payas()).map((row) => [row.payaCycle, row.cycleTime]), [['3', '13:45']]);
  const inquiry = await call(token, 'transferInquiry?trackId=ask-1&inquiryTrackId=salary-1');
  assert.equal(inquiry.result.transferStatus, 'DONE');
});
