// A process whose last call never returns: it ends all the same, with the exit code that it was to have.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function ended(last: string) {
  const script = `
    import { endingAnyway } from ${JSON.stringify(at('../src/mpi/endAnyway.ts'))};
    endingAnyway(300, { sentence: 'it did not end', code: 3 }, () => { ${last} });
    console.log('returned');`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    { encoding: 'utf8', cwd: at('..'), timeout: 60_000 },
  );
  return { status, stdout, stderr };
}

test.skipIf(process.platform === 'win32')(
  'a last call that blocks for ever ends with its sentence and code',
  () => {
    const { status, stdout, stderr } = ended('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
    expect([status, stdout, stderr]).toEqual([3, '', 'it did not end\n']);
  },
);

test('a last call that returns leaves the process to its own end', () => {
  const { status, stdout, stderr } = ended('');
  expect([status, stdout, stderr]).toEqual([0, 'returned\n', '']);
});
