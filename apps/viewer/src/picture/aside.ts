import * as Comlink from 'comlink';

const DEAD = Symbol('the worker failed');

/**
 * Runs `here` in a separate worker, which exposes the same function: work of a few milliseconds must not block the main thread
 * while the user drags or scrolls, nor wait for the pictures that the engine judges. Falls back to the main thread if the browser
 * starts no such worker: slower, with the same result.
 */
export function aside<A extends unknown[], R>(
  start: () => Worker,
  here: (...args: A) => R | Promise<R>,
): (...args: A) => Promise<R> {
  let remote: { readonly ask: (...args: A) => Promise<R>; readonly died: Promise<typeof DEAD> } | undefined;
  return async (...args) => {
    const { ask, died } = (remote ??= begin(start));
    const done = await Promise.race([ask(...args), died]);
    return done === DEAD ? here(...args) : done;
  };
}

function begin<A extends unknown[], R>(start: () => Worker) {
  const worker = start();
  const died = new Promise<typeof DEAD>((resolve) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      resolve(DEAD);
    });
  });
  return { ask: Comlink.wrap(worker) as unknown as (...args: A) => Promise<R>, died };
}
