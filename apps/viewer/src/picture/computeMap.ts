import { anomalyMap, type LevelMap } from '@pyramid-mamba/model';
import * as Comlink from 'comlink';
import type { ComputeMap } from './mapWorker.js';

interface Remote {
  readonly compute: Comlink.Remote<ComputeMap>;
  /** Rejects once the worker cannot work. */
  readonly died: Promise<never>;
}

let remote: Remote | undefined;

function start(): Remote {
  const worker = new Worker(new URL('./mapWorker.ts', import.meta.url), { type: 'module', name: 'maps' });
  const died = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    });
  });
  // nobody may be waiting yet
  died.catch(() => undefined);
  return { compute: Comlink.wrap<ComputeMap>(worker), died };
}

/**
 * The anomaly map, (size, size) row-major, of a picture's small maps. In a worker of its own: it takes some ten milliseconds, which the
 * page's thread must not lose while a person drags, and must not wait for the pictures that the engine judges.
 */
export async function computeMap(
  levels: readonly LevelMap[],
  size: number,
  sigma: number,
): Promise<Float32Array> {
  const { compute, died } = (remote ??= start());
  try {
    return await Promise.race([compute(levels, size, sigma), died]);
  } catch {
    // a browser that starts no such worker: slower for the eye, and the same numbers
    return anomalyMap([[...levels]], size, size, sigma).maps[0]!;
  }
}
