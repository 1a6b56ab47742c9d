import { relative } from 'node:path';

/** A path as it can be typed here: relative where that is shorter, quoted where a shell would split it. */
export function typed(path: string): string {
  const near = relative(process.cwd(), path) || '.';
  const shorter = near.length < path.length && !near.startsWith('..') ? near : path;
  return /^[\w@%+=:,./\\-]+$/.test(shorter) ? shorter : `"${shorter}"`;
}
