/** Memory that a worker needs at most: the engine, a model, and a batch of pictures in between. */
const MIB_EACH = 512;
/** More cores than this gain little: one thread draws and loads for all. */
const MOST = 8;

/**
 * Threads that judge at the same time, this one among them.
 *
 * @param cores of the machine, 1 where the browser does not say
 * @param gib memory of the machine, as browsers say it: at most 8, undefined where they do not
 */
export function threadsFor(cores: number, gib: number | undefined): number {
  const fit = Math.floor(((gib ?? 4) * 1024) / MIB_EACH / 2);
  return Math.max(1, Math.min(cores || 1, fit, MOST));
}

/** The same for this machine. */
export const threadsHere = (): number =>
  threadsFor(navigator.hardwareConcurrency, (navigator as { readonly deviceMemory?: number }).deviceMemory);
