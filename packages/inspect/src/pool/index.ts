export { inOrder } from './inOrder.js';
export { measurerOf, type Measurer } from './measurer.js';
export { Pool, type PoolWorker, type Work } from './pool.js';
export { received, sendable, type Invalid } from './sendable.js';
export {
  SteadyPool,
  TaskRefused,
  WorkerEnded,
  type RefusalReason,
  type SteadyOptions,
  type SteadyWorker,
} from './steady.js';
