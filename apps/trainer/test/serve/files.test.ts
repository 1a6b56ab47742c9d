// The files for containers and systemd start what the program has.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { programOf } from '../../src/main.js';
import { recordingIo } from '../kit.js';

const read = (name: string) => readFileSync(new URL(`../../station/${name}`, import.meta.url), 'utf8');
const known = programOf(recordingIo())
  .commands.find((one) => one.name() === 'serve')!
  .options.map(({ long }) => long);
const options = (args: readonly string[]) => args.filter((one) => one.startsWith('--'));

const compose = parse(read('compose.yaml')) as {
  services: Record<string, { command?: string[]; read_only?: boolean; volumes: string[] }>;
  volumes: Record<string, unknown>;
};
const dockerfile = read('Dockerfile');
const [, unit = ''] = /^ExecStart=(.+)$/m.exec(read('pyramid-mamba.service')) ?? [];

test.each([
  ['compose.yaml', compose.services['station']!.command!],
  ['Dockerfile', JSON.parse(/^CMD (\[.+\])$/m.exec(dockerfile)![1]!) as string[]],
  ['pyramid-mamba.service', unit.split(' ')],
])('%s gives `serve` options that it has, and a token', (_, args) => {
  expect(args).toContain('serve');
  expect(options(args).filter((one) => !known.includes(one))).toEqual([]);
  expect(args).toEqual(expect.arrayContaining(['--model', '--token-file', '--host', '0.0.0.0']));
});

test('the container is not root, its file systems are read-only, and every volume is declared', () => {
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK /m);
  for (const { read_only, volumes } of Object.values(compose.services)) {
    expect(read_only).toBe(true);
    const named = volumes.map((one) => one.split(':')[0]!).filter((one) => !one.startsWith('.'));
    expect(named.filter((one) => !Object.hasOwn(compose.volumes, one))).toEqual([]);
  }
});
