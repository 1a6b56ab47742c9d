// Reads damaged files in a child process whose memory and time the parent limits: child.ts READER FIRST COUNT.
import { readFileSync } from 'node:fs';
import { FormatError } from '../../../src/errors.js';
import { readTorchCheckpoint } from '../../../src/files/checkpoints/torchCheckpoint.js';
import { readSafetensors, writeSafetensors } from '../../../src/files/safetensors.js';
import { archive } from '../pickles.js';
import { drawing, mutated, randomPickle, type Draw } from './mutations.js';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));
const torch = (bytes: Uint8Array): unknown => readTorchCheckpoint(bytes, 'x');

interface Reader {
  make: (draw: Draw) => Uint8Array;
  read: (bytes: Uint8Array) => unknown;
}

const READERS: Readonly<Record<string, () => Reader>> = {
  zip: () => {
    const [plain, nested] = [fixture('zip.pth'), fixture('nested.pth')];
    return { make: (draw) => mutated(draw(2) === 0 ? plain : nested, draw), read: torch };
  },
  legacy: () => {
    const whole = fixture('legacy.pth');
    return { make: (draw) => mutated(whole, draw), read: torch };
  },
  pickle: () => ({ make: (draw) => archive(randomPickle(draw)), read: torch }),
  safetensors: () => {
    const tensors = new Map([
      ['a', { shape: [2, 3], data: new Float32Array(6) }],
      ['b', { shape: [4], data: new Int32Array(4) }],
    ]);
    const whole = writeSafetensors(tensors, { note: 'x' });
    return { make: (draw) => mutated(whole, draw), read: (bytes) => readSafetensors(bytes, 'x') };
  },
  // 2 MB of one operation, such as those that make an empty dict
  flood: () => ({
    make: (draw) => {
      const piece = [[0x7d], [0x5d], [0x29], [0x32], [0x28], [0x94], [0x43, 0], [0x32, 0x86]][draw(8)]!;
      const pickle = new Uint8Array(2_000_000);
      for (let i = 0; i < pickle.length; i++) pickle[i] = piece[i % piece.length]!;
      pickle.set([0x80, 2, 0x7d]);
      pickle[pickle.length - 1] = 0x2e;
      return archive(pickle);
    },
    read: torch,
  }),
};

const [name = '', first = '0', count = '0'] = process.argv.slice(2);
const { make, read } = READERS[name]!();
const before = process.memoryUsage().rss;
const tally = { read: 0, refused: 0, slowest: 0, grown: 0 };
for (let i = Number(first); i < Number(first) + Number(count); i++) {
  const bytes = make(drawing(i));
  // CPU time: other processes must not count
  const begun = process.cpuUsage();
  try {
    read(bytes);
    tally.read++;
  } catch (error) {
    if (!(error instanceof FormatError) || /[\n\r\0]/.test(error.message) || error.message.length > 1000) {
      console.log(JSON.stringify({ failed: i, error: String(error) }));
      process.exit(1);
    }
    tally.refused++;
  }
  const { user, system } = process.cpuUsage(begun);
  tally.slowest = Math.max(tally.slowest, Math.round((user + system) / 1000));
  tally.grown = Math.max(tally.grown, process.memoryUsage.rss() - before);
}
console.log(JSON.stringify(tally));
