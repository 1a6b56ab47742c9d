import { aside } from './aside.js';
import { mapOf } from './mapOf.js';

/** `mapOf`, which takes some ten milliseconds, in a worker. */
export const computeMap = aside(
  () => new Worker(new URL('./mapWorker.ts', import.meta.url), { type: 'module', name: 'maps' }),
  mapOf,
);
