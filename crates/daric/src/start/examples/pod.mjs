// An invoice of the business "shop" to the user "ali", and the link to its payment page.
const D = 'http://127.0.0.1:7070';

async function call(service, fields = {}) {
  const headers = { _token_: 'demo-shop-token', _token_issuer_: '1' };
  const body = new URLSearchParams({ scProductId: service, ...fields });
  const reply = await fetch(`${D}/srv/sc/nzh/doServiceCall`, { method: 'POST', headers, body });
  return reply.json();
}

const { ott } = await call(29816);
const line = { 'productId[]': 0, 'price[]': 50000, 'quantity[]': 1, 'productDescription[]': 'کتاب' };
const { result } = await call(29796, { _ott_: ott, guildCode: 'API_GUILD', userId: 101, ...line });
console.log(`${D}/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber=${result.uniqueNumber}`);
