// A job of MPI on two hosts: network namespaces that reach each other by a cable alone. Where they may not be made, the reason is printed.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { bundle, commandBundle } from './faults/bundle.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';
import { twoHosts, type Host, type Hosts } from './networkNamespaces.js';

const { cluster, reason } = await twoHosts().then(
  (found) => ({ cluster: found, reason: '' }),
  (error: unknown) => ({ cluster: undefined, reason: (error as Error).message }),
);
const launcher = ((): string | undefined => {
  try {
    return execFileSync('mpirun.openmpi', ['--version'], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return undefined;
  }
})();
const why =
  cluster === undefined ? `there are no two hosts here (${reason})` : 'mpirun.openmpi is not installed';
const isSkipped = cluster === undefined || launcher === undefined;
if (isSkipped) {
  if ((process.env['REQUIRE_BACKENDS'] ?? '').split(',').includes('mpi-hosts'))
    throw new Error(`REQUIRE_BACKENDS names mpi-hosts, but ${why}`);
  console.warn(`SKIPPED: the test of MPI on two hosts: ${why}.`);
}

const home = temporaryFolder();
const [data, encoder, cache] = ['data', 'encoder.safetensors', 'cache'].map((name) => join(home, name)) as [
  string,
  string,
  string,
];
const { start, remove } = commandBundle();
afterAll(() => {
  cluster?.close();
  if (!isSkipped) remove();
});

/** Starts a command on the host of the address, as `ssh` would. */
function agentFor(hosts: readonly Host[]): string {
  const path = join(home, 'agent.sh');
  const cases = hosts.map(({ address, hop }) => `  ${address}) exec ${hop.join(' ')} sh -c "$*" ;;`);
  writeFileSync(path, `#!/bin/sh\nhost=$1\nshift\ncase "$host" in\n${cases.join('\n')}\nesac\nexit 255\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.skipIf(isSkipped)('two hosts', () => {
  beforeAll(async () => {
    await bundle(start, ['judgeWorker']);
    await tinyDataset(data);
    tinyEncoder(encoder);
  }, 300_000);

  const trainArgs = (out: string, more = ''): string[] =>
    words(
      `train --data ${data} --out ${join(home, out)} --encoder ${encoder} --backend wasm --input-size 32 --grids 1 --batch-size 3 --epochs 2 ` +
        `--set model.mff.bottlenecks=1 --set model.decoder.dState=4 --set model.decoder.depths=[2,2,2,2]${more}`,
    );

  /** A command with one rank on each host, begun on the first. */
  async function job(
    { hosts }: Hosts,
    args: string[],
  ): Promise<{ code: number | null; out: string; err: string }> {
    const [program, ...line] = [
      ...hosts[0].enter,
      ...words('mpirun.openmpi --allow-run-as-root --map-by node -n 2'),
      '--host',
      hosts.map(({ address }) => `${address}:1`).join(','),
      '--mca',
      'plm_rsh_agent',
      agentFor(hosts),
      // the file system is one: what both hosts share must not become a way past the cable
      ...words(
        '--mca btl tcp,self --mca pml ob1 --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24',
      ),
      process.execPath,
      start,
      ...args,
    ];
    const child = spawn(program!, line, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  }

  test('train to the weights of two threads, bit for bit, and judge to the same lines', async () => {
    const io = recordingIo();
    expect(await main(trainArgs('threads', ` --cache ${cache} --workers 2`), io), io.stderr).toBe(0);
    const file = (run: string) => readFileSync(join(home, run, 'model.safetensors'));
    const before = cluster!.hosts.map((host) => cluster!.received(host));
    const trained = await job(cluster!, trainArgs('hosts', ` --cache ${cache}-of-hosts`));
    expect(trained.code, trained.err + trained.out).toBe(0);
    expect(trained.out).toContain('MPI: 2 processes');
    expect(file('hosts').equals(file('threads'))).toBe(true);
    // each gave the other its gradients by the cable
    const bytes = cluster!.hosts.map((host, i) => cluster!.received(host) - before[i]!);
    for (const one of bytes) expect(one).toBeGreaterThan(file('hosts').length);

    const predictArgs = words(
      `predict ${join(data, 'tile', 'test')} --model ${join(home, 'threads')} --backend wasm --json`,
    );
    const alone = recordingIo();
    expect(await main([...predictArgs, '--workers', '1'], alone), alone.stderr).toBe(0);
    const judged = await job(cluster!, predictArgs);
    expect(judged.code, judged.err).toBe(0);
    expect(judged.out).toBe(alone.stdout);
  }, 600_000);
});
