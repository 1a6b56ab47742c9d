import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test, vi } from 'vitest';
import { main } from '../src/main.js';
import * as runtime from '../src/onnx/runtime.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const bank = join(home, 'bank');
const good = join(home, 'data', 'tile', 'test', 'good');

const out = join(home, 'bank.onnx');
let exported: Awaited<ReturnType<typeof run>>;

async function run(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { ...io, code };
}

beforeAll(async () => {
  await tinyDataset(join(home, 'data'));
  tinyEncoder(join(home, 'encoder'));
  const { code, stderr } = await run(
    `train --method patchcore --data ${home}/data --out ${bank} --encoder ${home}/encoder --cache ${home}/cache --backend wasm --input-size 64`,
  );
  expect(code, stderr).toBe(0);
  // sets thresholds
  await run(`evaluate ${bank} --backend wasm`);
  exported = await run(`export --model ${bank} --out ${out} --pictures ${good} --backend wasm --json`);
});

test('export writes a file that onnxruntime has compared with the model', async () => {
  const { code, stdout, stderr } = exported;
  expect(code, stderr).toBe(0);
  const { bytes, parity } = JSON.parse(stdout) as {
    bytes: number;
    parity: { pictures: number; map: number; score: number; differ: number; seconds: number };
  };
  expect(statSync(out).size).toBe(bytes);
  expect(parity).toMatchObject({ pictures: readdirSync(good).length, differ: 0, compared: 'given' });
  expect(Math.max(parity.map, parity.score)).toBeLessThanOrEqual(1e-4);
  expect(stderr).toMatch(/maps differ by [\d.e-]+, scores by .* ms per picture in onnxruntime/);
});

test('the example in Python gives the verdicts of predict', async ({ skip }) => {
  const modules = spawnSync('python3', ['-c', 'import onnxruntime, numpy, PIL']);
  skip(modules.status !== 0, 'Python has no onnxruntime, numpy and pillow: pip install onnxruntime pillow');
  const example = fileURLToPath(new URL('../../../examples/judge-with-onnx/judge.py', import.meta.url));
  const names = readdirSync(good).toSorted();
  const pictures = names.map((name) => join(good, name));
  // of which Pillow by itself would make a picture on its side, and a white one
  const odd = join(home, 'odd');
  mkdirSync(odd);
  await sharp(pictures[0]!)
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 100 })
    .toFile(join(odd, 'turned.jpg'));
  await sharp(pictures[0]!).greyscale().toColourspace('grey16').png().toFile(join(odd, 'deep.png'));
  const judged = async (folder: string, paths: readonly string[]) => {
    const found = execFileSync('python3', [example, out, ...paths], { encoding: 'utf8' });
    const { stdout } = await run(`predict ${folder} --model ${bank} --backend wasm --json`);
    const own = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { verdict: string | null; class: string; score: number });
    const lines = found.trim().split('\n');
    expect(lines.length).toBe(own.length);
    return lines.map((line, i) => ({ line, ...own[i]! }));
  };
  for (const { line, verdict, class: name, score } of await judged(good, pictures))
    expect(line).toContain(`: ${verdict ?? 'REVIEW'} (${name}, score ${score.toFixed(4).slice(0, 4)}`);
  const paths = ['deep.png', 'turned.jpg'].map((name) => join(odd, name));
  for (const { line, verdict, score } of await judged(odd, paths)) {
    const [, word, value] = /: (\w+) \(.*, score ([\d.]+)\)$/.exec(line)!;
    expect(word).toBe(verdict ?? 'REVIEW');
    // two decoders of JPEG
    expect(Math.abs(Number(value) - score)).toBeLessThan(0.02 * score);
  }
});

test('without onnxruntime the file is written, and the command says that it was not compared', async () => {
  const missing = vi.spyOn(runtime, 'onnxRuntime').mockReturnValue(undefined);
  const unchecked = join(home, 'unchecked.onnx');
  const { code, stdout } = await run(`export --model ${bank} --out ${unchecked} --backend wasm`);
  missing.mockRestore();
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /not compared with the model, since onnxruntime-node is not installed: run `npm install/,
  );
  expect(existsSync(unchecked)).toBe(true);
});

test('a file that computes other values is not written', async () => {
  const honest = runtime.onnxRuntime()!;
  const wrong = vi.spyOn(runtime, 'onnxRuntime').mockReturnValue({
    env: honest.env,
    Tensor: honest.Tensor,
    InferenceSession: {
      create: async (bytes, options) => {
        const session = await honest.InferenceSession.create(bytes, options);
        return {
          run: async (feeds) => {
            const found = await session.run(feeds);
            return { ...found, score: { data: Float32Array.of(1e3) } };
          },
          release: () => session.release(),
        };
      },
    },
  });
  const refused = join(home, 'wrong.onnx');
  const { code, stderr } = await run(`export --model ${bank} --out ${refused} --backend wasm`);
  wrong.mockRestore();
  expect(code).toBe(2);
  expect(stderr).toMatch(/does not compute what the model computes/);
  expect(existsSync(refused)).toBe(false);
});

test('areas are stored in the model file, and predict, evaluate and export judge by them', async () => {
  const model = join(home, 'areas');
  cpSync(bank, model, { recursive: true });
  const file = join(home, 'areas.json');
  const middle = [
    [0.45, 0.45],
    [0.6, 0.45],
    [0.6, 0.6],
    [0.45, 0.6],
  ];
  const scoreOf = async () => {
    const { stdout } = await run(`predict ${good} --model ${model} --backend wasm --json`);
    return stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { score: number }).score);
  };
  const before = await scoreOf();
  writeFileSync(file, JSON.stringify({ use: [middle] }));
  const set = await run(`areas --model ${model} --set ${file} --class tile --json`);
  expect(set.code, set.stderr).toBe(0);
  expect(JSON.parse(set.stdout)).toMatchObject({ areas: { tile: { use: [middle], ignore: [] } } });
  const after = await scoreOf();
  expect(after.every((score, i) => score <= before[i]!)).toBe(true);
  expect(after).not.toEqual(before);
  expect((await run(`evaluate ${model} --backend wasm`)).code).toBe(0);
  const part = join(home, 'areas.onnx');
  const { code, stdout, stderr } = await run(
    `export --model ${model} --out ${part} --pictures ${good} --backend wasm --json`,
  );
  expect(code, stderr).toBe(0);
  expect((JSON.parse(stdout) as { parity: { differ: number } }).parity.differ).toBe(0);
  writeFileSync(file, JSON.stringify({ use: [middle], ignore: [middle] }));
  const nothing = await run(`areas --model ${model} --set ${file}`);
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringMatching(/leave nothing of the picture/)]);
  writeFileSync(file, JSON.stringify({ use: [[[0, 2]]] }));
  const damaged = await run(`areas --model ${model} --set ${file}`);
  expect([damaged.code, damaged.stderr]).toEqual([2, expect.stringMatching(/at least three corners/)]);
  expect((await run(`areas --model ${model} --remove`)).code).toBe(0);
  expect(await scoreOf()).toEqual(before);
});
