import type { World } from './world.js';

/** The MPI job that this process leads, where it is one. */
export const joined: { job?: { world: World } } = {};
