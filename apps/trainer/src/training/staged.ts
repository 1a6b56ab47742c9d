// A training in stages: a memory bank first, a model to use within minutes; then the network, which takes its place only if it tests
// better. Each stage leaves a complete model file, so what is made is not made again, and a resumed run ends as an uninterrupted one.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { takeOver } from '@pyramid-mamba/inspect';
import { FormatError, methodOf, readModelInfo, withModelInfo, type ModelInfo } from '@pyramid-mamba/model';
import { duration } from '@pyramid-mamba/runs';
import { Exchange } from '@pyramid-mamba/runs/node';
import { TAKE_OVER, requireSameStages, type Run, type RunConfig } from '../run/run.js';
import { say, type Io } from '../terminal/io.js';
import { plural } from '../text/plural.js';
import { typed } from '../text/shellWords.js';
import { readUserFile } from '../weights/encoderSource.js';
import { bankFigures, type Figures } from './comparison.js';
import { makeModel } from './makeModel.js';
import {
  noteOtherBackend,
  openSources,
  prepare,
  requireStartable,
  type Prepared,
  type TrainRequest,
} from './prepare.js';

/** What the stages of a training differ in. */
export type StageRequest = Pick<TrainRequest, 'dataset' | 'heldBack' | 'preset' | 'settings'>;

/** A training in stages with all settings resolved. */
export interface StagedRequest extends Omit<TrainRequest, keyof StageRequest | 'maxSteps'> {
  /** The memory bank and, unless the training stops there, the network. */
  stages: readonly [StageRequest] | readonly [StageRequest, StageRequest];
  /** Seconds given to the network; null without it. */
  seconds: number | null;
  /** The share of good pictures that the network holds back, or null for the default. */
  holdBack: number | null;
}

type Config = Omit<RunConfig, 'format'>;
interface Stage {
  request: TrainRequest;
  prepared: Prepared;
}
/** A complete model file of the run. */
interface Made {
  path: string;
  bytes: Uint8Array;
  info: ModelInfo;
}

/** Makes the models of a run and leaves the better one in `model.safetensors`. */
export async function trainInStages(request: StagedRequest, io: Io): Promise<void> {
  const { run, resume, seconds } = request;
  const requests = request.stages.map((stage): TrainRequest => ({ ...request, ...stage }));
  await requireStartable(requests[0]!);
  say(io, planLine(requests[0]!.dataset.train.length, requests[0]!.dataset.classes.length, seconds));
  const sources = await openSources(request, requests[0]!.settings);
  say(io, sources.backend.line);
  say(io, sources.encoder.line);
  const stages: Stage[] = [];
  for (const one of requests) stages.push({ request: one, prepared: await prepare(one, sources) });
  const [bank, network] = stages as [Stage, Stage?];
  const now = stagedConfig(request, stages);
  const before = resume ? await run.readConfig() : undefined;
  if (before) requireSameStages(run.folder, before, now);
  noteOtherBackend(before, sources.backend.request, io);
  let config: Config = before ?? now;

  const done = network && (await madeBy(network, run));
  if (resume && network && done?.path === run.model) {
    await rm(run.modelOf(nameOf(network)), { force: true });
    say(io, `training is complete: ${titleOf(network)} has taken over ${run.model}`);
    return;
  }
  const first = (resume ? await madeBy(bank, run) : undefined) ?? (await makeBank());
  if (first.path !== run.model) await writeFileAtomic(run.model, first.bytes);
  say(io, usableLine(run));
  if (!network) return;
  const second = (resume ? done : undefined) ?? (await makeNetwork(network));
  await settle(first, second, network);

  async function makeBank(): Promise<Made> {
    const begin = async () => {
      if (!before) await run.clear();
      await run.sweep();
      if (!before) await run.writeConfig(config);
    };
    const bytes = await makeModel({ ...bank, begin, selfTest: true }, io);
    await writeFileAtomic(run.model, bytes);
    return { path: run.model, bytes, info: readModelInfo(bytes, run.model).info };
  }

  async function makeNetwork(stage: Stage): Promise<Made> {
    const planned = async (train: RunConfig['train']) => {
      const { settings } = config.stages!;
      config = {
        ...config,
        stages: {
          ...config.stages!,
          settings: settings.map((one, i) => (i === 1 ? { ...one, train } : one)),
        },
      };
      await run.writeConfig(config);
    };
    const kept = `the memory bank is kept: \`${predictWith(run)}\``;
    const trained = await makeModel(
      { ...stage, begin: () => run.sweep(), selfTest: true, kept, plan: { seconds: seconds!, planned } },
      io,
    );
    const path = run.modelOf(nameOf(stage));
    const { preset, settings } = bank.request;
    const alike = { ...stage.request, preset, settings };
    const interrupted = `${kept}; \`pyramid-mamba train --out ${typed(run.folder)} --resume\` compares both models`;
    const memoryBank = await bankFigures(alike, await prepare(alike, sources), interrupted, io);
    // with the model, so that another resume need not compare again
    const bytes = withModelInfo(trained, path, (info) => ({
      ...info,
      training: { ...info.training, memoryBank },
    }));
    await writeFileAtomic(path, bytes);
    return { path, bytes, info: readModelInfo(bytes, path).info };
  }

  /** Leaves the better model in `model.safetensors` with its settings in `config.json`, and the other one beside it. */
  async function settle(one: Made, other: Made, stage: Stage): Promise<void> {
    const { takesOver, reason } = takeOver(one.info.selfTest, other.info.selfTest, comparedWith(other.info));
    if (!takesOver) {
      say(io, `model: ${run.model} stays the memory bank: ${reason}; the other model is ${other.path}`);
      return;
    }
    const beside = run.modelOf(nameOf(bank));
    const exchange = new Exchange(run.folder, TAKE_OVER);
    try {
      await writeFileAtomic(exchange.at('model.safetensors'), other.bytes);
      await writeFileAtomic(exchange.at(`${nameOf(bank)}.safetensors`), one.bytes);
      await run.writeConfig({ ...config, ...config.stages!.settings[1]! }, exchange.at('config.json'));
      await exchange.commit();
    } finally {
      await exchange.drop();
    }
    await rm(other.path, { force: true });
    say(io, `model: ${run.model} is ${titleOf(stage)} now: ${reason}; the memory bank is ${beside}`);
  }
}

/** The figures that `bankFigures` left in the network's model file, if there are any. */
function comparedWith({ training }: ModelInfo): Figures | undefined {
  const found = training?.['memoryBank'];
  if (typeof found !== 'object' || found === null) return undefined;
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

const nameOf = ({ prepared }: Stage): string => methodOf(prepared.config.model).name;
const titleOf = ({ prepared }: Stage): string => methodOf(prepared.config.model).title;
const predictWith = ({ folder }: Run): string => `pyramid-mamba predict PICTURES --model ${typed(folder)}`;

/** Seconds of one core that a picture takes at 256 pixels, measured on a busy machine: to encode it, and to judge it with the bank. */
const ENCODED_IN = 0.15;
const JUDGED_IN = 0.65;
/** Pictures with drawn defects that test one product; more than five share five times as many. */
const DRAWN = 108;

function planLine(pictures: number, classes: number, seconds: number | null): string {
  const expected = pictures * ENCODED_IN + (pictures + DRAWN * Math.min(5, classes)) * JUDGED_IN;
  const minutes = plural(Math.max(1, Math.round(expected / 60)), 'minute');
  const bank = `a memory bank of ${plural(pictures, 'good picture')}, a model to use in about ${minutes}`;
  return seconds === null
    ? `plan: ${bank}`
    : `plan: first ${bank}; then ${methodOf({}).title} for ${duration(seconds, 'spelt')}, which takes its place only if it tests better`;
}

const usableLine = (run: Run): string =>
  `model: ${run.model} can be used now: \`${predictWith(run)}\` judges new pictures`;

/** The settings of the run: those of the first stage, and of all stages. */
function stagedConfig({ seconds, holdBack }: StagedRequest, stages: readonly Stage[]): Config {
  const settings = stages.map(({ prepared }) => {
    const { preset, trainingPictures, dataFingerprint, heldBack, workers, model, train } = prepared.config;
    return { preset, trainingPictures, dataFingerprint, heldBack, workers, model, train };
  });
  return { ...stages[0]!.prepared.config, stages: { seconds, holdBack, settings } };
}

/** The complete model of a stage, in `model.safetensors` or beside it; a damaged file is none. */
async function madeBy(stage: Stage, run: Run): Promise<Made | undefined> {
  const { dataFingerprint } = stage.prepared.config;
  for (const path of [run.model, run.modelOf(nameOf(stage))]) {
    if (!existsSync(path)) continue;
    const bytes = await readUserFile(path, 'train');
    try {
      const { config, info } = readModelInfo(bytes, path, { recalibrate: true });
      if (methodOf(config).name === nameOf(stage) && info.fingerprint === dataFingerprint)
        return { path, bytes, info };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return undefined;
}
