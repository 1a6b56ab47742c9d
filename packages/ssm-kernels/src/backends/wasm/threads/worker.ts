import { help } from './helper.js';

/** A worker of Node or of a browser. */
export interface Helper {
  /** Sends the work; resolves to "ready", or to what is wrong. */
  begin(message: unknown): Promise<unknown>;
  stop(): void;
}

// tools that keep functions' names call `__name`
const HELP = `const __name = (f) => f;\nconst help = ${help.toString()};\n`;
const NODE = `${HELP}const { parentPort: port } = require('node:worker_threads');
port.once('message', (task) => help(task, (message) => port.postMessage(message)));`;
const BROWSER = `${HELP}addEventListener('message', ({ data }) => help(data, (message) => postMessage(message)), { once: true });`;

/**
 * A worker that waits for its work. It does not keep a process of Node alive.
 *
 * @param make of a browser: a worker whose file imports helperScript.ts
 */
export function newHelper(make?: () => Worker): Helper {
  if (!make && typeof process === 'object' && process.versions?.node) return nodeHelper();
  const url = make ? undefined : URL.createObjectURL(new Blob([BROWSER], { type: 'text/javascript' }));
  const worker = make ? make() : new globalThis.Worker(url!);
  const answer = new Promise<unknown>((resolve) => {
    worker.addEventListener('message', ({ data }) => resolve(data), { once: true });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      resolve(event.message || 'its script did not load');
    });
  });
  return {
    async begin(message) {
      worker.postMessage(message, []);
      const reply = await answer;
      if (url !== undefined) URL.revokeObjectURL(url);
      return reply;
    },
    stop: () => worker.terminate(),
  };
}

function nodeHelper(): Helper {
  // an import would be resolved by a browser's bundler, which has no such module
  // without the program's own options, which may load more than a helper needs
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const worker = new Worker(NODE, { eval: true, execArgv: [] });
  const answer = new Promise<unknown>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', (error) => resolve(error.message));
  });
  return {
    async begin(message) {
      worker.postMessage(message, []);
      const reply = await answer;
      worker.unref();
      return reply;
    },
    stop: () => void worker.terminate(),
  };
}
