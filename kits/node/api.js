// Calls of the operator API: JSON in, JSON out, one connection each.

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** The longest a call may take, in milliseconds: moves of the clock run all due work. */
const TIMEOUT = 600_000;

/** The sandbox cannot do what a test asks for. */
export class DaricError extends Error {
  name = 'DaricError';
}

/** What a test waited for did not happen in time. */
export class NotInTime extends DaricError {
  name = 'NotInTime';
}

/** The operator API refused a call. */
export class Refused extends DaricError {
  name = 'Refused';

  constructor(call, status, body) {
    const { code = '', field, message = body } = errorOf(body);
    super(`${call} is answered ${status}: ${field ? `${field}: ` : ''}${message}`);
    Object.assign(this, { status, code, field });
  }
}

function errorOf(body) {
  try {
    return JSON.parse(body).error ?? {};
  } catch {
    return {};
  }
}

/** A path with those parameters that have a value. */
export function withQuery(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** The operator API of a server. */
export class Api {
  #token;

  constructor(url, token) {
    this.url = url;
    this.#token = token;
  }

  /** Makes a call; its JSON, or `undefined` for an empty reply. A status of 400 and more is a `Refused`. */
  async call(method, path, body, timeout = TIMEOUT) {
    return (await this.numbered(method, path, body, timeout)).json;
  }

  /** The same, with the number of the request in the server's log. */
  async numbered(method, path, body, timeout = TIMEOUT) {
    const { status, number, text } = await this.#send(method, path, body, timeout);
    if (status >= 400) {
      throw new Refused(`${method} ${path}`, status, text);
    }
    return { number, json: text === '' ? undefined : JSON.parse(text) };
  }

  #send(method, path, body, timeout) {
    const send = this.url.startsWith('https:') ? requestHttps : requestHttp;
    const headers = { authorization: `Bearer ${this.#token}`, accept: 'application/json' };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
    }
    return new Promise((resolve, reject) => {
      const failed = (error) => reject(new DaricError(`cannot reach ${this.url}: ${error.message}`, { cause: error }));
      // Without an agent each call has a connection of its own, so no idle one is closed under a call.
      const request = send(this.url + path, { method, headers, agent: false, timeout }, async (reply) => {
        try {
          let text = '';
          for await (const part of reply.setEncoding('utf8')) {
            text += part;
          }
          resolve({ status: reply.statusCode, number: reply.headers['x-request-id'], text });
        } catch (error) {
          failed(error);
        }
      });
      request.on('error', failed);
      request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)));
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
