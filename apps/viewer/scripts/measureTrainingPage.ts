// The page's part of measureTraining.ts.
import { sentenceOf } from '@pyramid-mamba/inspect';
import { EngineClient } from '../src/engine/client.js';
import { threadsHere } from '../src/engine/helpers/count.js';
import { JudgePool } from '../src/engine/judgePool.js';

const fileOf = (base64: string): Blob =>
  new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: 'image/png' });

async function measure(good: readonly string[], judged: readonly string[]) {
  const client = new EngineClient();
  const begun = performance.now();
  const { line: status } = await client.start('wasm');
  const stages: Record<string, number> = { start: performance.now() - begun };
  let usable: number | undefined;
  let [stage, since] = ['', performance.now()];
  const end = () => {
    // the bank is made and tested again where copies are tried
    if (stage) stages[stage] = (stages[stage] ?? 0) + performance.now() - since;
    since = performance.now();
  };
  const pictures = good.map((one, i) => ({ id: `${i}.png`, file: fileOf(one) }));
  await client.beginTraining(
    { name: 'bottle', products: [{ name: 'bottle', pictures }], time: null, encoder: 'embedded' },
    (event) => {
      if (event.kind === 'model') usable ??= performance.now() - begun;
      if (event.kind !== 'stage' || event.stage === stage) return;
      end();
      stage = event.stage;
    },
  );
  const trained = await client.finishTraining();
  end();
  const whole = performance.now() - begun;
  const model = new Blob([trained.bytes]);
  await client.load(model, trained.name);
  const files = judged.map(fileOf);
  // the first one compiles what later ones have
  await client.judge(files[0]!);
  const verdicts: number[] = [];
  const scores: number[] = [];
  for (const file of files) {
    const from = performance.now();
    scores.push((await client.judge(file)).score);
    verdicts.push(performance.now() - from);
  }
  const pool = new JudgePool(threadsHere(), () => new EngineClient(), 'wasm');
  pool.use(model, trained.name, 1);
  await Promise.all(files.slice(0, pool.width).map((file) => pool.judge(file)));
  const from = performance.now();
  const found: number[] = [];
  for await (const answer of pool.judgeAll(files.map((file) => ({ file }))))
    found.push('judgement' in answer ? answer.judgement.score : NaN);
  const pooled = performance.now() - from;
  pool.end();
  await client.discardTraining(true);
  client.end();
  return {
    status,
    usable: usable ?? whole,
    whole,
    stages,
    sentence: sentenceOf(trained.info.selfTest ?? {}),
    verdicts,
    width: pool.width,
    pooled,
    same: scores.every((score, i) => score === found[i]),
  };
}

Object.assign(window, { measure });
