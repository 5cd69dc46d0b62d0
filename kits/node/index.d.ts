/** Where the program is, and further arguments of `daric serve`. */
export interface StartOptions {
  /** The program; without it `DARIC_BINARY`, else `daric` on `PATH`. */
  binary?: string;
  /** Further arguments, as `['--strict']`. */
  args?: string[];
}

/** Starts a server with the demo world on a port of its own; `stop()` ends it. */
export function startDaric(options?: StartOptions): Promise<Daric>;

/** Uses a sandbox that runs already. A reset empties it, so only one test at a time may use it. */
export function attachDaric(url: string, options?: { token?: string }): Daric;

/** The header with which a call asks for a fault of its own: `headerFault('rail_timeout', { then: 'done' })`. */
export function headerFault(fault: string, fields?: HeaderFields): { 'Daric-Fault': string };

/** The sandbox cannot do what a test asks for. */
export class DaricError extends Error {}

/** What a test waited for did not happen in time. */
export class NotInTime extends DaricError {}

/** The operator API refused a call. */
export class Refused extends DaricError {
  /** The HTTP status. */
  readonly status: number;
  /** The kind of the refusal, as `INVALID`; empty if the reply has none. */
  readonly code: string;
  /** The field that is meant, if one is. */
  readonly field?: string;
}

/** The platforms. */
export type Dialect = 'finnotech' | 'paystar' | 'pod';

/** A sandbox. */
export class Daric {
  private constructor();
  /** The address, as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly clock: Clock;
  readonly sms: SmsInbox;
  readonly faults: Faults;
  readonly requests: Requests;
  readonly snapshot: Snapshots;
  readonly webhooks: Webhooks;
  /** Ends a server that `startDaric` has started. */
  stop(): Promise<void>;
  /** Back to the demo world: no orders, no faults, the machine's time. */
  reset(): Promise<void>;
  /** What the server has printed since the last reset; empty for a server that another program has started. */
  log(): Promise<string>;
  /** The last requests since the last reset with their replies, and the end of the log, as text. */
  report(): Promise<string>;
  /** For `afterEach((context) => daric.reportFailure(context))` of node:test and vitest: prints `report()` if the test has failed. */
  reportFailure(context: unknown): Promise<void>;
  /** Any call of the operator API: its JSON, or `undefined` for an empty reply. A refusal rejects with `Refused`. */
  admin<Reply = any>(method: string, path: string, body?: unknown): Promise<Reply>;
  /** The base URL that takes the place of a platform's; of an attached sandbox, the address that was given. */
  base(dialect: Dialect): string;
  /** A Finnotech token without the consent page; `{ type: 'CLIENT-CREDENTIAL' }` for the client's own. */
  token(fields?: TokenFields): Promise<string>;
  /** The header with which a call asks for a fault of its own. */
  headerFault(fault: string, fields?: HeaderFields): { 'Daric-Fault': string };
  /** Arms the steps of a named scenario; `scenarios` lists the names. */
  scenario(name: string, fields?: Record<string, unknown>): Promise<any>;
  /** The scenarios that can be armed. */
  scenarios(): Promise<any[]>;
}

/** Which token. Without fields: of client `drops`, for its deposit at bank 062. */
export interface TokenFields {
  client?: string;
  type?: 'CODE' | 'CLIENT-CREDENTIAL';
  bank?: string;
  deposits?: string[];
  scopes?: string[];
  limit?: number;
  count?: number;
}

/** Which calls a fault strikes, and how. */
export interface FaultFields {
  operation?: string;
  client?: string;
  trackId?: string;
  amount?: number;
  card?: string;
  destination?: string;
  nth?: number;
  always?: boolean;
  then?: 'done' | 'failed';
  after?: string;
  [field: string]: unknown;
}

/** What a header says of its fault. */
export interface HeaderFields {
  then?: 'done' | 'failed';
  after?: string;
  distribution?: 'uniform' | 'exponential';
  seed?: number;
}

/** What the sandbox's clock shows. */
export interface Instant {
  now: string;
  jalali: string;
  mode: 'system' | 'frozen' | 'running';
  /** How many pieces of due work ran. */
  ran: number;
}

/** The sandbox's clock. A move runs the work that falls due before it resolves. */
export interface Clock {
  now(): Promise<Instant>;
  /** Freezes it at an instant with a time zone; only the first move after a reset may go back. */
  set(at: string | Date): Promise<Instant>;
  /** Freezes it where it is. */
  freeze(): Promise<Instant>;
  /** Moves it on by an ISO 8601 duration, as `PT2H45M`. */
  advance(by: string): Promise<Instant>;
  /** `system`: follows the machine's time. `idle`: moves from due job to due job until none is left. */
  run(mode?: 'system' | 'idle'): Promise<Instant>;
  /** The work that waits for the clock, earliest first. */
  due(options?: { limit?: number }): Promise<Due[]>;
}

/** Work that the server will do when the clock reaches an instant. */
export interface Due {
  at: string;
  kind: string;
  what: string;
}

/** An SMS that the server has sent. */
export interface Sms {
  id: number;
  to: string;
  text?: string;
  /** The digits of the code that the text carries. */
  otp?: string;
  state: 'queued' | 'sent' | 'dead';
  at: string;
}

/** The SMS that the server sends. */
export interface SmsInbox {
  /** SMS, newest first. */
  list(filters?: { to?: string; state?: string; since?: number; before?: number; limit?: number }): Promise<Sms[]>;
  /** The newest SMS that no earlier `wait` has returned; waits `timeout` seconds, 1 to 60. */
  wait(options?: { to?: string; timeout?: number; since?: number }): Promise<Sms>;
  /** Forgets what `wait` has returned. */
  forget(): void;
}

/** A fault that may still strike. */
export interface Fault extends FaultFields {
  id: number;
  fault: string;
  seen: number;
}

/** Faults that strike calls to come. */
export interface Faults {
  /** Arms a fault: `arm('drop_after', { operation: 'transferTo' })`. */
  arm(fault: string, fields?: FaultFields): Promise<any>;
  list(): Promise<Fault[]>;
  /** Disarms a fault, or all of them. */
  clear(id?: number): Promise<void>;
}

/** Which requests. */
export interface RequestFilters {
  dialect?: Dialect | 'sso' | 'pages' | 'sms' | 'admin';
  /** The last part of the path, or POD's name of a service. */
  service?: string;
  client?: string;
  trackId?: string;
  orderId?: string;
  invoice?: number | string;
  /** `200`, or a class as `4xx`. */
  status?: number | string;
  fault?: string;
  since?: number;
  before?: number;
  limit?: number;
}

/** A request that the server has answered. */
export interface RecordedRequest {
  id: number;
  /** The same number as in the server's log. */
  requestId: string;
  at: string;
  dialect: string;
  service: string;
  method: string;
  target: string;
  route: string;
  status: number;
  durationMs: number;
  client?: string;
  trackId?: string;
  orderId?: string;
  invoice?: string;
  /** What changed its outcome. */
  struck?: { kind: 'fault' | 'magic' | 'strict'; name: string; rule?: number };
  body?: string;
  reply?: string;
  headers?: { name: string; value: string }[];
  curl?: string;
}

/** The requests that the server has answered since the last reset. */
export interface Requests {
  /** Requests, newest first. */
  list(filters?: RequestFilters): Promise<RecordedRequest[]>;
  /** The newest request that the filters match; waits `timeout` seconds, 1 to 60. */
  wait(filters?: RequestFilters & { timeout?: number }): Promise<RecordedRequest>;
  /** One request, with its headers and as a curl command. */
  get(id: number): Promise<RecordedRequest>;
  /**
   * The last 20 requests since the last reset as text, oldest first. Each has its number in the server's log, method, target, status and what
   * struck it; after `>` its body, after `<` the reply.
   */
  summary(): Promise<string>;
  /** From now on only later requests are listed. */
  forget(): Promise<void>;
}

/** Named states of the whole sandbox. */
export interface Snapshots {
  save(name: string): Promise<any>;
  /** Back to a saved state; the clock returns as well. */
  load(name: string): Promise<any>;
  drop(name: string): Promise<void>;
  list(): Promise<any[]>;
}

/** A call to a business that reports a payment. */
export interface Webhook {
  id: number;
  business: number;
  address: string;
  signed: boolean;
  state: 'queued' | 'sent' | 'dead';
  tries: number;
  error?: string;
  at: string;
  nextTryAt?: string;
  attempts?: { at: string; status?: number; error?: string; durationMs: number; answer?: string }[];
}

/** Calls to businesses that report payments. */
export interface Webhooks {
  /** Calls, newest first. */
  list(filters?: { business?: number; state?: string; since?: number; before?: number; limit?: number }): Promise<Webhook[]>;
  /** The newest call that the filters match; waits `timeout` seconds, 1 to 60. */
  wait(filters?: { business?: number; state?: string; since?: number; timeout?: number }): Promise<Webhook>;
  /** One call, with its attempts. */
  get(id: number): Promise<Webhook>;
  /** Makes a call once more. */
  resend(id: number): Promise<Webhook>;
}
