// Libraries of OAuth clients against the log-in service: code with PKCE, refresh, user-info, revocation; without a secret, and with one by
// Basic and by form. Arguments: the server, the client that has a secret, and the secret. The client without one is `shop`.

import assert from 'node:assert/strict';
import * as openid from 'openid-client';
import { AuthorizationCode } from 'simple-oauth2';

const [base, confidential, secret] = process.argv.slice(2);
const BACK = 'http://127.0.0.1:9/cb';
const SCOPE = 'profile wallet:read';

/** The cookies of ali's browser, who has logged in. */
const cookies = new Map();

async function browse(address, form) {
  const reply = await fetch(address, {
    method: form ? 'POST' : 'GET',
    body: form && new URLSearchParams(form),
    headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    redirect: 'manual',
  });
  for (const cookie of reply.headers.getSetCookie()) {
    const [name, value] = cookie.split(';')[0].split('=');
    cookies.set(name, value);
  }
  return reply;
}

/** The address that a request for a code leads to. */
async function follow(address) {
  let reply = await browse(address);
  if (reply.status === 200) {
    const [, csrf] = /name="csrf" value="([^"]*)"/.exec(await reply.text());
    reply = await browse(address, { csrf, decision: 'allow' });
  }
  assert.equal(reply.status, 302);
  return new URL(reply.headers.get('location'));
}

/** The reply of the user-info service for a token: the user's number, or an error. */
async function profile(token, get = (address, headers) => fetch(address, { headers })) {
  const reply = await (await get(`${base}/nzh/getUserProfile`, { _token_: token })).json();
  return reply.errorCode || reply.result.userId;
}

async function openidClient(id, method, name) {
  const options = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] };
  const config = await openid.discovery(new URL(base), id, undefined, method, options);
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const address = openid.buildAuthorizationUrl(config, {
    redirect_uri: BACK,
    scope: SCOPE,
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const token = await openid.authorizationCodeGrant(config, await follow(address), { pkceCodeVerifier, expectedState: state });
  assert.equal(token.scope, SCOPE);
  const get = (url, headers) => openid.fetchProtectedResource(config, token.access_token, new URL(url), 'GET', undefined, new Headers(headers));
  assert.equal(await profile(token.access_token, get), 101);
  const info = await openid.tokenIntrospection(config, token.access_token);
  assert.deepEqual([info.active, info.client_id, info.sub, info.scope], [true, id, '101', SCOPE]);
  const renewed = await openid.refreshTokenGrant(config, token.refresh_token);
  assert.equal(await profile(renewed.access_token), 101);
  await openid.tokenRevocation(config, renewed.refresh_token, { token_type_hint: 'refresh_token' });
  assert.equal(await profile(renewed.access_token), 21);
  await assert.rejects(openid.refreshTokenGrant(config, renewed.refresh_token), { error: 'invalid_grant', status: 400 });
  console.log(`ok: openid-client ${name}`);
}

async function simpleOauth2(options) {
  const client = new AuthorizationCode({
    client: { id: confidential, secret },
    auth: { tokenHost: base, tokenPath: '/oauth2/token', revokePath: '/oauth2/token/revoke', authorizePath: '/oauth2/authorize' },
    options,
  });
  const verifier = openid.randomPKCECodeVerifier();
  const address = client.authorizeURL({
    redirect_uri: BACK,
    scope: SCOPE,
    state: 'ایران',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const back = (await follow(address)).searchParams;
  assert.equal(back.get('state'), 'ایران');
  const token = await client.getToken({ code: back.get('code'), redirect_uri: BACK, code_verifier: verifier });
  assert.ok(!token.expired());
  assert.equal(await profile(token.token.access_token), 101);
  const renewed = await token.refresh({ scope: 'profile' });
  assert.equal(renewed.token.scope, 'profile');
  assert.equal(await profile(renewed.token.access_token), 101);
  await renewed.revoke('access_token');
  assert.equal(await profile(renewed.token.access_token), 21);
  await renewed.revoke('refresh_token');
  assert.equal(await profile(token.token.access_token), 21);
  await assert.rejects(renewed.refresh(), (error) => error.output.statusCode === 400 && error.data.payload.error === 'invalid_grant');
  console.log(`ok: simple-oauth2 ${Object.values(options).join(' ')}`);
}

assert.equal((await browse(`${base}/oauth2/login`, { username: 'ali', password: 'ali', next: '/' })).status, 302);
await openidClient('shop', openid.None(), 'none');
await openidClient(confidential, openid.ClientSecretBasic(secret), 'basic');
await openidClient(confidential, openid.ClientSecretPost(secret), 'post');
await simpleOauth2({ authorizationMethod: 'header', credentialsEncodingMode: 'strict' });
await simpleOauth2({ authorizationMethod: 'header', credentialsEncodingMode: 'loose' });
await simpleOauth2({ authorizationMethod: 'body' });
