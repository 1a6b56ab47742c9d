import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

const holderSchema = z.object({
  /** 128 random bits: no two claims are the same. */
  token: z.string().regex(/^[0-9a-f]{32}$/),
  pid: z.number().int().positive(),
  host: z.string(),
  /** On Linux the machine's id, which is the same after a restart; null if there is none. */
  machine: z.string().nullable(),
  /** On Linux the boot id. */
  boot: z.string().nullable(),
  /** On Linux the namespace of the process id: containers have their own. */
  namespace: z.string().nullable(),
  /** On Linux the start time of the process, in ticks since boot. */
  started: z.string().nullable(),
  /** Its command, for display. */
  command: z.string(),
  /** When it took the lock, as ISO 8601 text. */
  since: z.string(),
});

/** The holder of a lock: a process with a unique identity. */
export type Holder = z.infer<typeof holderSchema>;

/** Whether a holder is alive. `unknown`: it runs, or ran, where this process cannot check. */
export type Life = 'running' | 'gone' | 'unknown';

/** A claim of this process, for `command`. */
export function claimOf(command: string): Holder {
  return {
    token: randomBytes(16).toString('hex'),
    pid: process.pid,
    ...HERE,
    started: startedAt(process.pid)?.ticks ?? null,
    command,
    since: new Date().toISOString(),
  };
}

/** Parses a claim; undefined for any other text. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * Whether the process of a claim is alive. The answer `gone` is certain: the process id is free or belongs to another
 * process, or the machine was rebooted since. For another machine or container, and for a process that /proc hides, it is `unknown`.
 */
export function lifeOf(holder: Holder, here: typeof HERE = HERE, startOf = startedAt): Life {
  if (holder.host !== here.host || holder.machine !== here.machine) return 'unknown';
  if (holder.boot !== here.boot) {
    // a host name does not identify a machine: containers and copies of one image share names
    return holder.machine === null || holder.boot === null || here.boot === null ? 'unknown' : 'gone';
  }
  if (holder.namespace !== here.namespace) return 'unknown';
  if (!isRunning(holder.pid)) return 'gone';
  if (holder.started !== null) {
    const now = startOf(holder.pid);
    // it ended just now, or /proc hides the processes of other users
    if (!now) return isRunning(holder.pid) ? 'unknown' : 'gone';
    return now.ticks === holder.started && !now.ended ? 'running' : 'gone';
  }
  const began = beginOf(holder.pid);
  return began !== undefined && began > Date.parse(holder.since) + CLOCK_SLACK_MS ? 'gone' : 'running';
}

/** Maximum difference between the clocks of files and processes. */
const CLOCK_SLACK_MS = 5000;

const HERE = {
  host: hostname(),
  machine: firstLine('/etc/machine-id'),
  boot: firstLine('/proc/sys/kernel/random/boot_id'),
  namespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
};

/** Whether a process of that id exists, with any owner. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it exists, but is another user's
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** From /proc: the start time of a process, and whether it is a zombie. */
function startedAt(pid: number): { ticks: string; ended: boolean } | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // the name in brackets may itself contain spaces and brackets
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields?.[0], fields?.[19]];
  return state && ticks ? { ticks, ended: state === 'Z' || state === 'X' } : undefined;
}

/** The start time of a process, in milliseconds since 1970, from the system if there is no /proc. */
function beginOf(pid: number): number | undefined {
  const [file, ...args] =
    process.platform === 'win32'
      ? [
          'powershell.exe',
          '-NoProfile',
          '-Command',
          `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('o')`,
        ]
      : ['ps', '-o', 'lstart=', '-p', String(pid)];
  const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, timeout: 10_000 } as const;
  const text = attempt(() => execFileSync(file, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] }));
  const time = Date.parse(text?.trim() ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function firstLine(path: string): string | null {
  return attempt(() => readFileSync(path, 'utf8').trim()) || null;
}

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
