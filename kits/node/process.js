// A server process in a directory of its own, on a port that the system chooses.

import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { DaricError } from './api.js';

/** The longest a start may take, in milliseconds. */
const START_TIMEOUT = 60_000;
/** The time between two looks for the ready line, in milliseconds. */
const STEP = 10;
/** Where the package carries its program. */
const OWN = fileURLToPath(new URL('bin', import.meta.url));
const READY = /daric is ready on (https?:\/\/\S+)\s/;

/** Processes that end with this one. */
const running = new Set();
process.on('exit', () => running.forEach((server) => server.kill()));

/** The program: `DARIC_BINARY`, else the one that the package carries, else the one on `PATH`. */
function findBinary() {
  const named = process.env.DARIC_BINARY;
  if (named) {
    if (!isProgram(named)) {
      throw new DaricError(`DARIC_BINARY names ${JSON.stringify(named)}, which is no program`);
    }
    return named;
  }
  const folders = [OWN, ...(process.env.PATH ?? '').split(delimiter)];
  const found = folders.map((folder) => join(folder, 'daric')).find(isProgram);
  if (!found) {
    throw new DaricError('no program `daric`: install the package, or name the program in DARIC_BINARY');
  }
  return found;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** A running server. Its output is in one file, which ends with the directory. */
class ServerProcess {
  #folder = mkdtempSync(join(tmpdir(), 'daric-'));
  #log = join(this.#folder, 'daric.log');
  #child;
  #ended;

  constructor(program, args) {
    const data = join(this.#folder, 'data');
    // Settings of the environment are for other servers.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DARIC_')));
    const log = openSync(this.#log, 'w');
    this.#child = spawn(program, ['serve', '--demo', '--listen', '127.0.0.1:0', '--data', data, ...args], {
      stdio: ['ignore', log, log],
      env,
    });
    closeSync(log);
    // A test program ends although its server runs.
    this.#child.unref();
    this.#ended = new Promise((resolve) => {
      this.#child.on('exit', (code, signal) => resolve(code ?? signal));
      this.#child.on('error', (error) => resolve(error.message));
    });
    running.add(this);
  }

  async waitUntilReady() {
    let ended;
    this.#ended.then((how) => {
      ended = how;
    });
    for (const end = Date.now() + START_TIMEOUT; ; await sleep(STEP)) {
      const printed = this.log(0);
      const ready = READY.exec(printed);
      if (ended !== undefined) {
        throw new DaricError(`the server ended with ${ended}:\n${printed}`);
      }
      if (ready) {
        this.url = ready[1];
        return;
      }
      if (Date.now() > end) {
        throw new DaricError(`the server is not ready after ${START_TIMEOUT} ms:\n${printed}`);
      }
    }
  }

  /** How many bytes the server has printed. */
  logSize() {
    return statSync(this.#log).size;
  }

  /** What the server has printed after so many bytes and, if that contains it, after the line of this request. */
  log(since, number) {
    const printed = readFileSync(this.#log).subarray(since).toString('utf8');
    // With `--log json` it is the second form.
    const line = new RegExp(`^.*\\brequest(?: id=${number} |","id":"${number}").*\\n`, 'm').exec(printed);
    return line ? printed.slice(line.index + line[0].length) : printed;
  }

  /** Ends the server, and removes its directory. There is nothing to keep, so it is killed. */
  kill() {
    running.delete(this);
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async stop() {
    running.delete(this);
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Starts a server; resolves when it accepts connections. */
export async function startProcess(args, binary) {
  const server = new ServerProcess(binary ?? findBinary(), args);
  try {
    await server.waitUntilReady();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}
