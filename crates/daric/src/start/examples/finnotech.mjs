// The balance of a deposit, with a token that needs no consent page in a sandbox.
const D = 'http://127.0.0.1:7070';

async function call(url, token, body) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const reply = await fetch(url, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) });
  return reply.json();
}

const issued = await call('http://127.0.0.1:7070/admin/v1/tokens', 'demo-admin-token',
  { client: 'drops', type: 'CODE', bank: '062', deposits: ['0302876214008'] });
const token = issued.result.value;
console.log(JSON.stringify(await call(`${D}/oak/v2/clients/drops/deposits/0302876214008/balance?trackId=${Date.now()}`, token)));
