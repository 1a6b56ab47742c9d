import { UserError } from '../errors.js';
import type { World } from './world.js';

/** The MPI job that this process leads, where it is one. */
export const joined: { job?: { world: World } } = {};

/** The workers of a job: its processes. Throws a UserError where another number is asked for. */
export function workersOfJob({ world: { size } }: { world: World }, asked: number | undefined): number {
  if (asked !== undefined && asked !== size)
    throw new UserError(
      `--workers: mpirun started ${size} processes, and each is a worker, but ${asked} are asked for; omit --workers, or start ${asked}`,
    );
  return size;
}
