// File system faults: counts the calls on paths below one folder and makes one of them fail, or kills the process there.
import fs from 'node:fs';
import fsp, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What happens at the call of number `at`, counted from 0. */
export interface Fault {
  /** An error code, or SIGKILL. */
  kind: 'ENOSPC' | 'EIO' | 'EROFS' | 'EACCES' | 'SIGKILL';
  at: number;
  /** Every later call that changes something fails too: the disk stays full or read-only. */
  lasting?: boolean;
  /** A write first stores half of its bytes. */
  half?: boolean;
}

interface Armed {
  under: string;
  fault: Fault | undefined;
  calls: string[];
}

let armed: Armed | undefined;

/** Starts counting the calls below `under`, with `fault` armed. */
export function arm(under: string, fault?: Fault): void {
  armed = { under, fault, calls: [] };
}

/** Stops counting; returns the calls made, such as `rename metrics.json`. */
export function disarm(): string[] {
  const { calls } = armed ?? { calls: [] };
  armed = undefined;
  return calls;
}

const CHANGES = new Set(['open', 'write', 'mkdir', 'rename', 'rm', 'unlink', 'rmdir', 'link', 'append']);
/** A full disk still allows renaming and removing. */
const NEEDS_SPACE = new Set(['open', 'write', 'mkdir', 'link', 'append']);

/** Counts a call; returns the error it must fail with. `half` runs before a write fails. */
async function meet(op: string, path: unknown, half?: () => Promise<unknown>): Promise<Error | undefined> {
  const now = armed;
  if (!now || typeof path !== 'string' || !path.startsWith(now.under)) return undefined;
  const n = now.calls.push(`${op} ${path.slice(now.under.length)}`) - 1;
  const { fault } = now;
  if (!fault) return undefined;
  const { kind, at } = fault;
  const fits = kind === 'EIO' || kind === 'SIGKILL' || (kind === 'ENOSPC' ? NEEDS_SPACE : CHANGES).has(op);
  // a call that cannot fail this way passes the fault on to the next one
  if (!fits) {
    if (n === at) fault.at++;
    return undefined;
  }
  if (n !== at && !(fault.lasting && n > at)) return undefined;
  if (fault.half) await half?.();
  if (kind === 'SIGKILL') {
    process.kill(process.pid, 'SIGKILL');
    // the signal may take a moment to arrive; nothing may happen until then
    await new Promise(() => undefined);
  }
  return Object.assign(new Error(`${kind}: injected, ${op} '${path}'`), { code: kind, syscall: op, path });
}

const asBytes = (data: unknown): Buffer =>
  typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as Uint8Array);

const paths = new WeakMap<object, string>();

function wrap<K extends keyof typeof fsp>(name: K, op: string): void {
  const real = fsp[name] as (...args: unknown[]) => Promise<unknown>;
  const wrapped = async (...args: unknown[]): Promise<unknown> => {
    const isRead = name === 'open' && (args[1] === undefined || args[1] === 'r');
    const error = await meet(isRead ? 'open to read' : op, args[0]);
    if (error) throw error;
    const result = await real(...args);
    if (name === 'open') paths.set(result as object, String(args[0]));
    return result;
  };
  (fsp as unknown as Record<string, unknown>)[name] = wrapped;
}

/** Replaces Node's functions by counting ones, for all modules of this process. */
export async function install(): Promise<void> {
  const probe = join(tmpdir(), `pm-faults-${process.pid}`);
  const handle = await fsp.open(probe, 'w');
  const prototype = Object.getPrototypeOf(handle) as Record<string, (...args: unknown[]) => Promise<unknown>>;
  await handle.close();
  await fsp.rm(probe);
  for (const [name, op] of [
    ['writeFile', 'write'],
    ['sync', 'fsync'],
    ['close', 'close'],
  ] as const) {
    const real = prototype[name]!;
    prototype[name] = async function (this: FileHandle, ...args: unknown[]) {
      const half = async () => {
        const bytes = asBytes(args[0]);
        await real.call(this, bytes.subarray(0, bytes.length >> 1));
      };
      const error = await meet(op, paths.get(this), op === 'write' ? half : undefined);
      if (error && op !== 'close') throw error;
      const result = await real.call(this, ...args);
      if (error) throw error;
      return result;
    };
  }
  wrap('open', 'open');
  wrap('mkdir', 'mkdir');
  wrap('rename', 'rename');
  wrap('rm', 'rm');
  wrap('unlink', 'unlink');
  wrap('rmdir', 'rmdir');
  wrap('link', 'link');
  wrap('appendFile', 'append');
  wrap('writeFile', 'write');
  wrap('readFile', 'read');
  const readdirSync = fs.readdirSync as (...args: unknown[]) => unknown;
  (fs as unknown as Record<string, unknown>)['readdirSync'] = (...args: unknown[]) => {
    // synchronous, so only counted
    if (armed && typeof args[0] === 'string' && args[0].startsWith(armed.under))
      armed.calls.push(`list ${args[0].slice(armed.under.length)}`);
    return readdirSync(...args);
  };
  syncBuiltinESMExports();
}
