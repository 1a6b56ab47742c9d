import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { cpus, freemem, platform, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from '@pyramid-mamba/data/node';
import { EMBEDDED_ENCODER } from '@pyramid-mamba/encoder-weights';
import { readEmbeddedEncoder } from '@pyramid-mamba/encoder-weights/node';
import { describeEncoder } from '@pyramid-mamba/model';
import type { Command } from 'commander';
import { pickBackend } from '../backend.js';
import { UserError } from '../errors.js';
import { defaultCacheFolder } from '../training/featureCache.js';
import { onStderr, say, type Io } from '../terminal/io.js';
import { waiting } from '../terminal/waiting.js';
import { version } from '../version.js';

/** One check. */
interface Finding {
  name: string;
  state: 'ok' | 'absent' | 'fault';
  text: string;
}

export function addDoctor(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('check this machine: backends, GPU, memory, cache, and what is missing')
    .option('--json', 'for machines')
    .addHelpText('after', '\nExample:\n  pyramid-mamba doctor')
    .action(async ({ json }: { json?: boolean }) => {
      const findings: Finding[] = [];
      // each is printed as it is found: starting a backend takes seconds
      for await (const finding of examine(json ? onStderr(io) : io)) {
        findings.push(finding);
        const { name, state, text } = finding;
        if (!json) say(io, `${name.padEnd(NAME_WIDTH)}  ${state.padEnd('absent'.length)}  ${text}`);
      }
      if (json) say(io, JSON.stringify(findings, null, 2));
      const faults = findings.filter(({ state }) => state === 'fault').map(({ name }) => name);
      if (faults.length > 0)
        throw new UserError(`doctor: to fix: ${faults.join(', ')}; see above for what to do`);
    });
}

/** Width of the longest name. */
const NAME_WIDTH = 'encoder weights'.length;

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

async function* examine(io: Io): AsyncGenerator<Finding> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  yield* [
    { name: 'program', state: 'ok', text: `pyramid-mamba ${version}` },
    {
      name: 'Node',
      state: fits ? 'ok' : 'fault',
      text: `${process.versions.node}${fits ? '' : '; version 20.19 or newer is required: install it from nodejs.org'}`,
    },
    {
      name: 'machine',
      state: 'ok',
      text: `${platform()} ${release()} ${process.arch}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`,
    },
    { name: 'memory', state: 'ok', text: `${gib(totalmem())}, ${gib(freemem())} free` },
  ] as const;
  for (const name of ['wasm', 'webgpu', 'cuda', 'tensorflow', 'wasm+onnx'] as const)
    yield await waiting(io, `starting ${name}`, () => engine(name));
  yield await cache();
  yield await weights();
}

/** Backends are started and not stopped, which a separate command may do. */
async function engine(name: 'wasm' | 'webgpu' | 'cuda' | 'tensorflow' | 'wasm+onnx'): Promise<Finding> {
  try {
    return { name, state: 'ok', text: (await pickBackend(name)).line.replace(/^backend: \w+ /, '') };
  } catch (error) {
    const text = (error as Error).message.replace(/^--backend: /, '');
    // a machine without a GPU, or without TensorFlow, is fine
    return { name, state: name === 'wasm' ? 'fault' : 'absent', text };
  }
}

async function cache(): Promise<Finding> {
  const folder = defaultCacheFolder();
  try {
    await makeFolder(folder);
    accessSync(folder, constants.W_OK);
    return { name: 'cache', state: 'ok', text: folder };
  } catch (error) {
    return {
      name: 'cache',
      state: 'fault',
      text: `${folder} cannot be written (${(error as NodeJS.ErrnoException).code}): fix ${dirname(folder)} or pass --cache`,
    };
  }
}

async function weights(): Promise<Finding> {
  const folder = join(defaultCacheFolder(), 'weights');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.safetensors')) : [];
  const more =
    files.length > 0
      ? `downloaded: ${files.join(', ')}`
      : 'none downloaded; `pyramid-mamba weights list` names those that can be';
  try {
    await readEmbeddedEncoder();
    const { id, config } = EMBEDDED_ENCODER;
    return {
      name: 'encoder weights',
      state: 'ok',
      text: `${id} in this program (${describeEncoder(config)}); ${more}`,
    };
  } catch (error) {
    return { name: 'encoder weights', state: 'fault', text: `${(error as Error).message}; ${more}` };
  }
}
