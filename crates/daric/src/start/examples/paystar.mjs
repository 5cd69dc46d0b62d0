// A payment by telephone: the password of the SMS, then the payment.
const D = 'http://127.0.0.1:7070';

async function call(url, body, headers = { 'Content-Type': 'application/json' }) {
  const reply = await fetch(url, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) });
  return reply.json();
}

const payment = { amount: 50000, pan: '6037991000000020', order_id: String(Date.now()), sequence: 'acd54b56ddd651a5cc3v' };
console.log(JSON.stringify(await call(`${D}/api/ivr/bpm/otp-v2`, payment)));
const [newest] = await call('http://127.0.0.1:7070/admin/v1/sms?to=09126000001&limit=1', undefined, { Authorization: 'Bearer demo-admin-token' });
const pin = newest.text.match(/: (\d+)/)[1];
console.log(JSON.stringify(await call(`${D}/api/ivr/bpm/pay`, { ...payment, ivr: 1, pin, merchant_cid: '+989126000001' })));
