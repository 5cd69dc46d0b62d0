// A Daric sandbox for tests, for any test runner of Node.

import { Api } from './api.js';
import { startProcess } from './process.js';
import { Daric } from './sandbox.js';

export { DaricError, NotInTime, Refused } from './api.js';
export { Daric, headerFault } from './sandbox.js';

const OPERATOR_TOKEN = 'demo-admin-token';

/** Starts a server with the demo world; `stop()` ends it. */
export async function startDaric({ binary, args = [] } = {}) {
  const process = await startProcess(args, binary);
  const api = new Api(process.url, OPERATOR_TOKEN);
  try {
    const { dialects } = await api.call('GET', '/');
    return new Daric(api, process, Object.fromEntries(dialects.map(({ name, base }) => [name, base])));
  } catch (error) {
    await process.stop();
    throw error;
  }
}

/** Uses a sandbox that runs already. */
export function attachDaric(url, { token = OPERATOR_TOKEN } = {}) {
  return new Daric(new Api(url.replace(/\/$/, ''), token));
}
