// A sandbox as a test uses it: its address, its tokens, and its controls.
//
// Shape: `Daric` has one part for each subject of the operator API. Every value is JSON of that API, with the same names.
// Absent: clients of the platforms. A test calls those services with the client that it tests.

import { setTimeout as sleep } from 'node:timers/promises';

import { DaricError, NotInTime, withQuery } from './api.js';

/** How long a wait lasts, in whole seconds of the machine's time: 1 to 60. */
const WAIT = 10;
/** The server gathers the lines of its log for a fifth of this time before it writes them, in milliseconds. */
const LOG_DELAY = 100;
/** The most lines of the log in a report. */
const LOG_LINES = 200;
/** The most requests in a summary, and the most characters of each target, body and reply. */
const SUMMARY = 20;
const SUMMARY_TEXT = 500;
/** A summary is for a test that has failed, perhaps because the server hangs, in milliseconds. */
const SUMMARY_TIMEOUT = 5_000;
const DIALECTS = ['finnotech', 'paystar', 'pod'];
const DEPOSIT = { bank: '062', deposits: ['0302876214008'] };

/** The header with which a call asks for a fault of its own. */
export function headerFault(fault, fields = {}) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const parts = [fault, ...given.map(([name, value]) => `${name}=${value}`)];
  if (parts.some((part) => /[;\p{Cc}]/u.test(part))) {
    throw new DaricError(`a header cannot carry ${JSON.stringify(parts)}: arm the fault`);
  }
  return { 'Daric-Fault': parts.join('; ') };
}

/** A sandbox. */
export class Daric {
  #api;
  #process;
  #bases;
  #logSince = [0];

  constructor(api, process, bases = Object.fromEntries(DIALECTS.map((name) => [name, api.url]))) {
    this.#api = api;
    this.#process = process;
    this.#bases = bases;
    this.url = api.url;
    this.clock = new Clock(api);
    this.sms = new SmsInbox(api);
    this.faults = new Faults(api);
    this.requests = new Requests(api);
    this.snapshot = new Snapshots(api);
    this.webhooks = new Webhooks(api);
  }

  async stop() {
    await this.#process?.stop();
  }

  async reset() {
    const { number } = await this.#api.numbered('POST', '/admin/v1/reset');
    this.sms.forget();
    await this.requests.begin(number && parseInt(number, 16));
    // Lines of earlier calls may be written after this; the line of the reset is the last of them.
    this.#logSince = [this.#process?.logSize() ?? 0, number];
  }

  async log() {
    if (!this.#process) {
      return '';
    }
    await sleep(LOG_DELAY);
    return this.#process.log(...this.#logSince);
  }

  async report() {
    // In this order, so that the log does not have the request of the summary.
    const printed = (await readable(() => this.log())).split('\n').slice(-LOG_LINES).join('\n');
    const replied = await readable(() => this.requests.summary());
    const parts = [['what daric replied', replied], ['what daric printed', printed]];
    return parts.filter(([, text]) => text).map(([title, text]) => `${title}:\n${text.trimEnd()}`).join('\n');
  }

  async reportFailure(context) {
    // The first is of node:test, the second of vitest.
    if (context?.passed !== false && context?.task?.result?.state !== 'fail') {
      return;
    }
    const report = await this.report();
    if (context.diagnostic) {
      report.split('\n').forEach((line) => context.diagnostic(line));
    } else {
      console.error(report);
    }
  }

  admin(method, path, body) {
    return this.#api.call(method, path, body);
  }

  base(dialect) {
    if (!Object.hasOwn(this.#bases, dialect)) {
      throw new DaricError(`no dialect ${dialect}: ${Object.keys(this.#bases).join(', ')}`);
    }
    return this.#bases[dialect];
  }

  async token({ client = 'drops', type = 'CODE', ...rest } = {}) {
    const deposits = type === 'CODE' ? DEPOSIT : {};
    const { result } = await this.admin('POST', '/admin/v1/tokens', { client, type, ...deposits, ...rest });
    return result.value;
  }

  headerFault(fault, fields) {
    return headerFault(fault, fields);
  }

  scenario(name, fields = {}) {
    return this.admin('POST', '/admin/v1/scenarios', { scenario: name, ...fields });
  }

  scenarios() {
    return this.admin('GET', '/admin/v1/scenarios');
  }
}

class Clock {
  #api;

  constructor(api) {
    this.#api = api;
  }

  now() {
    return this.#api.call('GET', '/admin/v1/clock');
  }

  set(at) {
    return this.#move({ set: at instanceof Date ? at.toISOString() : at });
  }

  freeze() {
    return this.#move({ freeze: 'now' });
  }

  advance(by) {
    return this.#move({ advance: by });
  }

  run(mode = 'system') {
    return this.#move({ run: mode });
  }

  due({ limit } = {}) {
    return this.#api.call('GET', withQuery('/admin/v1/clock/due', { limit }));
  }

  #move(how) {
    return this.#api.call('POST', '/admin/v1/clock', how);
  }
}

class SmsInbox {
  #api;
  #seen = new Map();

  constructor(api) {
    this.#api = api;
  }

  list(filters = {}) {
    return this.#api.call('GET', withQuery('/admin/v1/sms', filters));
  }

  async wait({ to, timeout = WAIT, since = this.#seen.get(to) } = {}) {
    const [newest] = await this.list({ to, since, wait: timeout });
    if (!newest) {
      throw new NotInTime(`no SMS to ${to ?? 'any number'} within ${timeout} seconds`);
    }
    this.#seen.set(to, newest.id);
    return newest;
  }

  forget() {
    this.#seen.clear();
  }
}

class Faults {
  #api;

  constructor(api) {
    this.#api = api;
  }

  arm(fault, fields = {}) {
    return this.#api.call('POST', '/admin/v1/faults', { fault, ...fields });
  }

  async list() {
    return (await this.#api.call('GET', '/admin/v1/faults')).faults;
  }

  clear(id) {
    return this.#api.call('DELETE', id === undefined ? '/admin/v1/faults' : `/admin/v1/faults/${id}`);
  }
}

class Requests {
  #api;
  #mark;
  #reset;

  constructor(api) {
    this.#api = api;
  }

  list(filters = {}) {
    return this.#api.call('GET', withQuery('/admin/v1/requests', { since: this.#mark, ...filters }));
  }

  async wait({ timeout = WAIT, ...filters } = {}) {
    return newestOf(await this.list({ ...filters, wait: timeout }), 'request', filters, timeout);
  }

  get(id) {
    return this.#api.call('GET', `/admin/v1/requests/${id}`);
  }

  async summary() {
    const path = withQuery('/admin/v1/requests', { since: this.#reset, limit: SUMMARY + 1 });
    const rows = await this.#api.call('GET', path, undefined, SUMMARY_TIMEOUT);
    const shown = rows.slice(0, SUMMARY).reverse().map(shownRequest);
    return [...(rows.length > SUMMARY ? ['(earlier requests are left out)'] : []), ...shown].join('\n');
  }

  /** From now on only requests after the reset with this number are listed. */
  async begin(reset) {
    this.#reset = reset;
    await this.forget();
  }

  async forget() {
    const [newest] = await this.#api.call('GET', '/admin/v1/requests?limit=1');
    this.#mark = newest?.id;
  }
}

function shownRequest({ requestId, method, target, status, struck, body, reply }) {
  const what = struck ? ` (${struck.kind} ${struck.name})` : '';
  const texts = [['>', body], ['<', reply]].filter(([, text]) => text).map(([mark, text]) => `  ${mark} ${short(text)}`);
  return [`${requestId} ${method} ${short(target)} ${status}${what}`, ...texts].join('\n');
}

/** On one line, and without characters that a terminal obeys. */
function short(text) {
  const line = text.replace(/\p{Cc}+ */gu, ' ');
  return line.length <= SUMMARY_TEXT ? line : `${line.slice(0, SUMMARY_TEXT)}…`;
}

/** A text, or why there is none: the test may have ended the server. */
async function readable(source) {
  try {
    return await source();
  } catch (error) {
    return `it cannot be read: ${error.message}`;
  }
}

class Snapshots {
  #api;

  constructor(api) {
    this.#api = api;
  }

  save(name) {
    return this.#api.call('POST', '/admin/v1/snapshots', { name });
  }

  load(name) {
    return this.#api.call('POST', `/admin/v1/snapshots/${name}/load`);
  }

  drop(name) {
    return this.#api.call('DELETE', `/admin/v1/snapshots/${name}`);
  }

  list() {
    return this.#api.call('GET', '/admin/v1/snapshots');
  }
}

class Webhooks {
  #api;

  constructor(api) {
    this.#api = api;
  }

  list(filters = {}) {
    return this.#api.call('GET', withQuery('/admin/v1/webhooks', filters));
  }

  async wait({ timeout = WAIT, ...filters } = {}) {
    return newestOf(await this.list({ ...filters, wait: timeout }), 'webhook', filters, timeout);
  }

  get(id) {
    return this.#api.call('GET', `/admin/v1/webhooks/${id}`);
  }

  resend(id) {
    return this.#api.call('POST', `/admin/v1/webhooks/${id}/resend`);
  }
}

function newestOf([newest], what, filters, timeout) {
  if (!newest) {
    throw new NotInTime(`no ${what} with ${JSON.stringify(filters)} within ${timeout} seconds`);
  }
  return newest;
}
