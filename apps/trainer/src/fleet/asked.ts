// What everything that takes pictures from a fleet's queue is asked on the command line.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { requireFolder } from '../serve/asked.js';
import { positiveInteger } from '../settings/options.js';
import { openConnection, type NatsOptions } from './connection.js';
import type { Fleet } from './fleet.js';

/** Seconds, `LOST_AFTER_S` of fleet.ts, which other commands do not load. */
const LOST_AFTER = 15;

export interface FleetWorkOptions {
  tries: number;
  lostAfter: number;
  shared?: string[];
}

/** The options of everything that takes pictures from a fleet's queue. */
export const addFleetWorkOptions = (command: Command): Command =>
  command
    .option('--tries <n>', 'of a picture from the fleet, then its result is an error', positiveInteger, 5)
    .option(
      '--lost-after <s>',
      'seconds after which the pictures of a worker that is gone go to another',
      positiveInteger,
      LOST_AFTER,
    )
    .option('--shared <dir...>', 'folders from which pictures that were submitted by path may be read');

/** Connects to the fleet whose pictures are judged here. */
export async function fleetOf(
  options: NatsOptions & FleetWorkOptions,
): Promise<{ fleet: Fleet; tries: number; shared: string[]; beatMs: number }> {
  const shared = (options.shared ?? []).map((folder) => resolve(folder));
  for (const folder of shared) requireFolder('--shared', folder);
  const { Fleet } = await import('../fleet/fleet.js');
  const connection = await openConnection(options);
  try {
    const lostAfterMs = options.lostAfter * 1000;
    const fleet = await Fleet.open(connection, { name: options.fleet, lostAfterMs });
    return { fleet, tries: options.tries, shared, beatMs: lostAfterMs / 3 };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
