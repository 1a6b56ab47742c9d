// Child process of the metrics section, to measure its peak memory separately: metricsRun.ts memory|file SEED REPEATS
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateMaps, type EvaluatedImage, type Evaluation } from '@pyramid-mamba/metrics';
import { canvas, drawImage, IMAGES, SIDE } from './scoreMaps.ts';

export interface MetricsRun {
  readonly seconds: readonly number[];
  /** CPU time of the same runs: the time on an idle machine. */
  readonly processor: readonly number[];
  /** Peak resident set, bytes. */
  readonly peak: number;
  /** Peak before the first evaluation: the memory of the maps. */
  readonly before: number;
  readonly metrics: Evaluation['metrics'];
}

interface Source {
  read(): Iterable<EvaluatedImage>;
  close(): void;
}

function inMemory(seed: number): Source {
  const images = Array.from({ length: IMAGES }, (_, i) => drawImage(canvas(SIDE), seed, i));
  return { read: () => images, close: () => {} };
}

/** The maps in one file, read again on each pass; masks as bytes after each map. */
function inFile(seed: number): Source {
  const folder = mkdtempSync(join(tmpdir(), 'bench-metrics-'));
  const file = openSync(join(folder, 'maps'), 'w+');
  const image = canvas(SIDE);
  const { map, mask } = image;
  const record = map.byteLength + mask.byteLength;
  for (let i = 0; i < IMAGES; i++) {
    drawImage(image, seed, i);
    writeSync(file, map, 0, map.byteLength, i * record);
    writeSync(file, mask, 0, mask.byteLength, i * record + map.byteLength);
  }
  return {
    *read() {
      for (let i = 0; i < IMAGES; i++) {
        readSync(file, map, 0, map.byteLength, i * record);
        readSync(file, mask, 0, mask.byteLength, i * record + map.byteLength);
        yield { map, mask, width: SIDE, height: SIDE };
      }
    },
    close() {
      closeSync(file);
      rmSync(folder, { recursive: true });
    },
  };
}

const [where, seed, repeats] = process.argv.slice(2);
const peak = (): number => process.resourceUsage().maxRSS * 1024;
const source = where === 'file' ? inFile(Number(seed)) : inMemory(Number(seed));
try {
  const before = peak();
  const seconds: number[] = [];
  const processor: number[] = [];
  let evaluation: Evaluation | undefined;
  for (let r = 0; r < Number(repeats); r++) {
    const start = performance.now();
    const used = process.cpuUsage();
    evaluation = await evaluateMaps(source.read);
    const { user, system } = process.cpuUsage(used);
    seconds.push((performance.now() - start) / 1000);
    processor.push((user + system) / 1e6);
  }
  const run: MetricsRun = { seconds, processor, peak: peak(), before, metrics: evaluation!.metrics };
  console.log(JSON.stringify(run));
} finally {
  source.close();
}
