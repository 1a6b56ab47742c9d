import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { FileError } from '@pyramid-mamba/data';
import { describe, expect, test } from 'vitest';
import { RunError } from '../src/index.js';
import { claimOf, FolderLock, lifeOf, LOCK, parseHolder, sweep, withLock } from '../src/node/index.js';
import { idle, temporaryFolder } from './kit.js';

const onLinux = process.platform === 'linux';

describe('a lock', () => {
  test('is held by one at a time; the second is told who, and the folder is as it was afterwards', async () => {
    const folder = join(temporaryFolder(), 'a', 'run');
    const first = await FolderLock.take(folder, 'train');
    const error: unknown = await withLock([folder], 'evaluate', () => Promise.resolve()).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(RunError);
    expect((error as Error).message).toMatch(
      new RegExp(
        `${folder} is in use by \`train\` \\(process ${process.pid} on .*, since .* UTC\\); wait until`,
      ),
    );
    expect(readdirSync(folder)).toEqual([LOCK]);
    await first.release();
    // both folders were made for the lock alone
    expect(existsSync(join(folder, '..'))).toBe(false);
    expect(await withLock([folder], 'evaluate', () => Promise.resolve(readdirSync(folder)))).toEqual([LOCK]);
  });

  test('keeps a folder that was there or has something in it, and is given back where the work fails', async () => {
    const home = temporaryFolder();
    const work = withLock([join(home, 'run'), home], 'train', () => {
      writeFileSync(join(home, 'run', 'x'), '');
      return Promise.reject(new Error('it failed'));
    });
    await expect(work).rejects.toThrow('it failed');
    expect(readdirSync(join(home, 'run'))).toEqual(['x']);
    expect(readdirSync(home)).toEqual(['run']);
  });

  test('of two names for one folder is one', async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, 'run'));
    symlinkSync(join(home, 'run'), join(home, 'same'));
    await withLock([join(home, 'run'), join(home, 'same')], 'train', () => Promise.resolve());
    expect(readdirSync(join(home, 'run'))).toEqual([]);
  });

  test('of a dead process is taken over, by one of many that try at once', async () => {
    const folder = temporaryFolder();
    const holder = await idle();
    const claim = { ...claimOf('train'), pid: holder.pid };
    const alive = { ...claim, started: onLinux ? startOf(holder.pid) : null };
    writeFileSync(join(folder, LOCK), JSON.stringify(alive));
    await expect(FolderLock.take(folder, 'train')).rejects.toThrow(/in use by `train`/);
    await holder.kill();
    for (let round = 0; round < 20; round++) {
      writeFileSync(join(folder, LOCK), JSON.stringify({ ...alive, token: claimOf('').token }));
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, () => FolderLock.take(folder, 'train')),
      );
      const won = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(won).toHaveLength(1);
      expect(readdirSync(folder)).toEqual([LOCK]);
      await won[0]!.release();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  test('is taken over though the one who was about to take it over died, or its claim is cut short', async () => {
    const folder = temporaryFolder();
    const holder = await idle();
    await holder.kill();
    const dead = { ...claimOf('train'), pid: holder.pid, started: onLinux ? '1' : null };
    const taker = { ...dead, token: claimOf('').token };
    writeFileSync(join(folder, LOCK), JSON.stringify(dead));
    writeFileSync(join(folder, `${LOCK}.${dead.token.slice(0, 16)}`), JSON.stringify(taker));
    await (await FolderLock.take(folder, 'train')).release();
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, LOCK), JSON.stringify(dead).slice(0, 40));
    await (await FolderLock.take(folder, 'train')).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of another machine or container is never taken over; the sentence says what to remove', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, LOCK), JSON.stringify({ ...claimOf('train'), host: 'elsewhere', pid: 1 }));
    await expect(FolderLock.take(folder, 'train')).rejects.toThrow(
      `process 1 on elsewhere, since ${new Date().toISOString().slice(0, 10)}`,
    );
    await expect(FolderLock.take(folder, 'train')).rejects.toThrow(`remove ${join(folder, LOCK)}`);
  });

  test('that this process could not remove from a failing disk stops nobody', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, LOCK), JSON.stringify(claimOf('train')));
    await (await FolderLock.take(folder, 'train')).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('refuses with the holder’s name, or is given, while folder and temporary files vanish', async () => {
    const folder = join(temporaryFolder(), 'a', 'run');
    const refusals: unknown[] = [];
    for (let round = 0; round < 100; round++) {
      await Promise.all(
        ['train', 'evaluate', 'report'].map((command) =>
          // what a run does first: it removes what dead processes left, and here all of them have one process id
          withLock([folder], command, () => sweep(folder, [LOCK])).catch((error: unknown) => {
            refusals.push(error);
          }),
        ),
      );
    }
    expect(refusals.length).toBeGreaterThan(0);
    for (const error of refusals) expect(error).toBeInstanceOf(RunError);
  });

  test('that cannot be written is told of in a sentence', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(FolderLock.take(file, 'train')).rejects.toThrow(FileError);
    await expect(FolderLock.take(file, 'train')).rejects.toThrow(
      /cannot be written: a part of the path is a file/,
    );
  });
});

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
}

describe('lifeOf', () => {
  const own = claimOf('train');
  const here = { host: 'pc', machine: 'm', boot: 'b', namespace: 'n' };
  const at = (over: object) => lifeOf({ ...own, ...here, ...over }, here);

  test('knows its own process, another program that has its id now, and none', async () => {
    expect(lifeOf(own)).toBe('running');
    const { pid, kill } = await idle();
    await kill();
    expect(lifeOf({ ...own, pid })).toBe('gone');
    if (onLinux) expect(lifeOf({ ...own, started: '1' })).toBe('gone');
  });

  test('does not take a process for dead that /proc hides', async () => {
    const hidden = () => undefined;
    expect(lifeOf({ ...own, started: '1' }, undefined, hidden)).toBe('unknown');
    const { pid, kill } = await idle();
    await kill();
    expect(lifeOf({ ...own, pid, started: '1' }, undefined, hidden)).toBe('gone');
  });

  test('asks the system when a process began where there is no /proc', () => {
    expect(lifeOf({ ...own, started: null })).toBe('running');
    if (process.platform === 'win32' || spawnSync('ps').error) return;
    expect(lifeOf({ ...own, started: null, since: new Date(0).toISOString() })).toBe('gone');
  });

  test('a machine that was started again has none of the old processes; others are not judged', () => {
    expect(at({})).toBe('running');
    expect(at({ boot: 'before' })).toBe('gone');
    expect(at({ host: 'other' })).toBe('unknown');
    expect(at({ machine: 'copy', boot: 'other' })).toBe('unknown');
    expect(at({ namespace: 'container' })).toBe('unknown');
    const nameless = { ...here, machine: null };
    expect(lifeOf({ ...own, ...nameless, boot: 'before' }, nameless)).toBe('unknown');
  });

  test('reads only what is a claim', () => {
    expect(parseHolder(JSON.stringify(own))).toEqual(own);
    for (const text of ['', '{', '{}', 'null', JSON.stringify({ ...own, token: '../x' })])
      expect(parseHolder(text)).toBeUndefined();
  });
});

test('sweeping leaves the temporary files of living processes and whatever is not the run’s', async () => {
  const folder = temporaryFolder();
  const writer = await idle();
  const names = (pid: number) => [`.metrics.json.${pid}-0123456789abcdef.tmp`, `.maps.${pid}.tmp`];
  const strange = ['.photo.1-0123456789abcdef.tmp', '.metrics.json.tmp', 'metrics.json'];
  for (const name of [...names(writer.pid), ...strange]) writeFileSync(join(folder, name), '');
  await sweep(folder, ['metrics.json', 'maps']);
  expect(readdirSync(folder).sort()).toEqual([...names(writer.pid), ...strange].sort());
  await writer.kill();
  await wait(1);
  await sweep(folder, ['metrics.json', 'maps']);
  expect(readdirSync(folder).sort()).toEqual([...strange].sort());
});
