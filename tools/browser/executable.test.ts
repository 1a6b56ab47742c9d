import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { executable } from './executable.ts';
import { run } from '../tensorflow/run.ts';

const root = mkdtempSync(join(tmpdir(), 'pyramid-mamba-executable-'));
const before = process.cwd();
afterAll(() => {
  process.chdir(before);
  rmSync(root, { recursive: true });
});

function program(...path: string[]): string {
  const file = join(root, ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '#!/bin/sh\necho planted\n');
  chmodSync(file, 0o755);
  return file;
}

test.skipIf(process.platform === 'win32')(
  'a program is found only in the absolute folders of PATH, never in the working directory',
  () => {
    const real = program('bin', 'tool');
    program('here', 'tool');
    program('here', 'planted');
    program('here', 'sub', 'planted');
    writeFileSync(join(root, 'bin', 'planted'), 'no program');
    process.chdir(join(root, 'here'));
    for (const list of ['', '.', 'sub', delimiter, `${delimiter}/nowhere`, `sub${delimiter}.${delimiter}`]) {
      const PATH = `${list}${delimiter}${join(root, 'bin')}`;
      expect(executable('tool', { PATH })).toBe(real);
      expect(() => executable('planted', { PATH })).toThrow('there is no planted on PATH');
      expect(run('planted', [], { env: { PATH } })).toEqual({
        status: null,
        stdout: '',
        stderr: 'there is no planted on PATH',
      });
    }
    symlinkSync(real, join(root, 'bin', 'linked'));
    expect(executable('linked', { PATH: join(root, 'bin') })).toBe(join(root, 'bin', 'linked'));
    expect(executable('./planted', { PATH: '' })).toBe('./planted');
  },
);
