// A training in stages: a memory bank first, a model to use within minutes; then the network, then both together, of which the best takes
// its place only if it tests better. Each stage leaves a complete model file, so what is made is not made again, and a resumed run ends as an uninterrupted one.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  bestOf,
  chosenIfNoWorse,
  rotatedIfBetter,
  titleOf,
  withChosenPatches,
  withMoreRows,
  type ChosenPatches,
} from '@pyramid-mamba/inspect';
import {
  FormatError,
  methodOf,
  readModelInfo,
  type DetectorConfig,
  type ModelInfo,
  type SelfTest,
} from '@pyramid-mamba/model';
import { Exchange } from '@pyramid-mamba/runs/node';
import { TAKE_OVER, requireSameStages, type Run, type RunConfig } from '../run/run.js';
import { say, type Io } from '../terminal/io.js';
import { waiting } from '../terminal/waiting.js';
import { typed } from '../text/shellWords.js';
import { readUserFile } from '../weights/encoderSource.js';
import { makeModel, type Making, type NewModel } from './makeModel.js';
import { planLine, tilesLine } from './planLine.js';
import {
  noteOtherBackend,
  openSources,
  prepare,
  requireStartable,
  type Prepared,
  type TrainRequest,
} from './prepare.js';
import { orientationGains } from './bank/orientation.js';
import { makeEnsemble } from './together.js';

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
  /** Whether it is still to be found out which classes lie in any orientation; absent where a user said it. */
  orientations: 'open' | 'chosen' | undefined;
  /** Whether a bank of chosen patches is still to be tried; absent without a network, and where the run was begun without it. */
  patches: 'open' | 'chosen' | undefined;
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
  config: DetectorConfig;
  info: ModelInfo;
  /** See `NewModel`; absent where the file is all there is. */
  origins?: NewModel['origins'];
}

/** Makes the models of a run and leaves the better one in `model.safetensors`. */
export async function trainInStages(request: StagedRequest, io: Io): Promise<void> {
  const { run, resume, seconds } = request;
  const requests = request.stages.map((stage): TrainRequest => ({ ...request, ...stage }));
  await requireStartable(requests[0]!);
  const sources = await openSources(request, requests[0]!.settings);
  const then =
    requests[1] && seconds !== null ? { title: methodOf(requests[1].settings.model).title, seconds } : null;
  say(io, await planLine(requests[0]!, sources, then, request.patches === 'open'));
  const tiles = tilesLine(requests[0]!, sources);
  if (tiles !== undefined) say(io, tiles);
  say(io, sources.backend.line);
  say(io, sources.encoder.line);
  const stages: Stage[] = [];
  for (const one of requests) {
    const prepared = await waiting(io, 'reading the pictures', () => prepare(one, sources));
    stages.push({ request: one, prepared });
  }
  let [bank, network] = stages as [Stage, Stage?];
  const now = stagedConfig(request, stages);
  const before = resume ? await run.readConfig() : undefined;
  if (before) requireSameStages(run.folder, before, now);
  noteOtherBackend(before, sources.backend.request, io);
  let config: Config = before ?? now;

  const made = network && {
    network: await madeBy(network, run),
    both: await madeAs(BOTH, fingerprintOf(bank), run),
  };
  const taken = resume && Object.values(made ?? {}).find((one) => one?.path === run.model);
  if (taken) {
    const { name, title } = methodOf(taken.config);
    await rm(run.modelOf(name), { force: true });
    say(io, `training is complete: ${title} has taken over ${run.model}`);
    return;
  }
  // the end of the command tells of the model in use
  const ofBank = network ? 'told' : 'silent';
  const kept = `the memory bank is kept: \`${predictWith(run)}\``;
  let first = (resume ? await madeBy(bank, run) : undefined) ?? (await makeBank());
  if (first.path !== run.model) await writeFileAtomic(run.model, first.bytes);
  say(io, usableLine(run));
  if (config.stages!.orientations === 'open') first = await chooseOrientations(first);
  if (!network) return;
  if (config.stages!.patches === 'open') first = await choosePatches(first);
  const second = (resume ? made?.network : undefined) ?? (await makeNetwork(network));
  const third = (resume ? made?.both : undefined) ?? (await makeBoth(network, first, second));
  await settle(first, second, third);

  async function makeBank(): Promise<Made> {
    const begin = async () => {
      if (!before) await run.clear();
      await run.sweep();
      if (!before) await run.writeConfig(config);
    };
    const made = await makeModel({ ...bank, begin, selfTest: ofBank }, io);
    await writeFileAtomic(run.model, made.bytes);
    return madeOf(run.model, made);
  }

  /** The memory bank with rotated and mirrored copies of the classes that lie in any orientation, where it tests better; both stages then learn from them. */
  async function chooseOrientations(now: Made): Promise<Made> {
    const gains = await orientationGains(bank.request, sources, io, now.info.selfTest);
    let chosen: Config = config;
    let rotated: Stage | undefined;
    const make = async (classes: string[]): Promise<Made> => {
      rotated = await rotatedStage(bank, classes, withMoreRows(bank.request.settings.model));
      // what it finds is compared in one line
      const making: Making = { ...rotated, begin: () => run.sweep(), selfTest: 'silent', kept };
      return madeOf(run.model, await makeModel(making, io));
    };
    const better = await rotatedIfBetter(now, gains, make, (line) => say(io, line));
    if (better) {
      bank = rotated!;
      network &&= await rotatedStage(network, better.classes);
      chosen = stagedConfig(request, network ? [bank, network] : [bank]);
    }
    config = { ...chosen, stages: { ...chosen.stages!, orientations: 'chosen' } };
    if (!better) {
      await run.writeConfig(config);
      return now;
    }
    await replaceModel(better.made.bytes, [], config);
    return better.made;
  }

  /** The memory bank with patches that are chosen instead of drawn, where it tests no worse. */
  async function choosePatches(now: Made): Promise<Made> {
    const better = await chosenIfNoWorse(now, await banksOfChosen(), (line) => say(io, line));
    const stages: Config['stages'] = { ...config.stages!, patches: 'chosen' };
    if (!better) {
      config = { ...config, stages };
      await run.writeConfig(config);
      return now;
    }
    bank = better.by.stage;
    const next = stagedConfig(request, [bank, network!]);
    config = { ...next, stages: { ...stages, settings: next.stages!.settings } };
    await replaceModel(better.made.bytes, [], config);
    return better.made;
  }

  /** Without the copies first, unless a user asked for them. */
  async function banksOfChosen(): Promise<(ChosenPatches<Made> & { stage: Stage })[]> {
    const { settings } = bank.request;
    const { augmentRotations, ...plain } = settings.train;
    const copied = augmentRotations !== undefined && config.stages!.orientations === 'chosen';
    const found = [];
    for (const withoutCopies of copied ? [true, false] : [false]) {
      const train = withoutCopies ? plain : settings.train;
      const drawn = await stageWith(bank, { ...settings, train });
      const model = withChosenPatches(settings.model, drawn.prepared.pictures.samples.length);
      if (!model) continue;
      const stage = await stageWith(bank, { ...settings, train, model });
      const making: Making = { ...stage, begin: () => run.sweep(), selfTest: 'silent', kept };
      const make = async (drawn: SelfTest): Promise<Made> =>
        madeOf(run.model, await makeModel({ ...making, resembling: drawn }, io));
      found.push({ withoutCopies, stage, make });
    }
    return found;
  }

  async function rotatedStage(stage: Stage, classes: string[], model?: DetectorConfig): Promise<Stage> {
    const { settings } = stage.request;
    const train = { ...settings.train, augmentRotations: classes };
    return stageWith(stage, { ...settings, train, model: model ?? settings.model });
  }

  async function stageWith({ request }: Stage, settings: TrainRequest['settings']): Promise<Stage> {
    const changed = { ...request, settings };
    return { request: changed, prepared: await prepare(changed, sources) };
  }

  /** Puts a model, others beside it and the run's settings in place, all together. */
  async function replaceModel(
    bytes: Uint8Array,
    beside: readonly (readonly [name: string, bytes: Uint8Array])[],
    settings: Config,
  ): Promise<void> {
    const exchange = new Exchange(run.folder, TAKE_OVER);
    try {
      await writeFileAtomic(exchange.at('model.safetensors'), bytes);
      for (const [name, one] of beside) await writeFileAtomic(exchange.at(`${name}.safetensors`), one);
      await run.writeConfig(settings, exchange.at('config.json'));
      await exchange.commit();
    } finally {
      await exchange.drop();
    }
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
    const { bytes } = await makeModel(
      { ...stage, begin: () => run.sweep(), selfTest: 'told', kept, plan: { seconds: seconds!, planned } },
      io,
    );
    return written(nameOf(stage), bytes);
  }

  /** Bank and network together; what the three are compared by is in its file, so that another resume need not measure it again. */
  async function makeBoth(stage: Stage, one: Made, other: Made): Promise<Made> {
    const interrupted = `${kept}; \`pyramid-mamba train --out ${typed(run.folder)} --resume\` compares all models`;
    return written(BOTH, await makeEnsemble({ ...bank, ...one }, { ...stage, ...other }, interrupted, io));
  }

  async function written(name: string, bytes: Uint8Array): Promise<Made> {
    const path = run.modelOf(name);
    await writeFileAtomic(path, bytes);
    return madeOf(path, { bytes });
  }

  /** Leaves the best model in `model.safetensors` with its settings in `config.json`, and the others beside it. */
  async function settle(one: Made, other: Made, both: Made): Promise<void> {
    const { best, reason } = bestOf(one, other, both);
    if (best === one) {
      say(
        io,
        `model: ${run.model} stays the memory bank: ${reason}; the other models are ${other.path} and ${both.path}`,
      );
      return;
    }
    const beside = run.modelOf(nameOf(bank));
    await replaceModel(best.bytes, [[nameOf(bank), one.bytes]], settingsOf(best));
    await rm(best.path, { force: true });
    const rest = best === both ? other : both;
    say(
      io,
      `model: ${run.model} is ${titleOf(best)} now: ${reason}; the memory bank is ${beside}, the third model ${rest.path}`,
    );
  }

  /** The settings of the run with those of the model in use: of both together, the pictures of the bank and the steps of the network. */
  function settingsOf(best: Made): Config {
    const { settings } = config.stages!;
    const [, stage] = settings;
    if (methodOf(best.config).name !== BOTH) return { ...config, ...stage! };
    return { ...config, preset: BOTH, model: best.config, train: stage!.train };
  }
}

/** The method of bank and network together. */
const BOTH = 'ensemble';

const fingerprintOf = ({ prepared }: Stage): string => prepared.config.dataFingerprint;

function madeOf(path: string, { bytes, origins }: Pick<Made, 'bytes' | 'origins'>): Made {
  const { config, info } = readModelInfo(bytes, path, { recalibrate: true });
  return { path, bytes, config, info, ...(origins && { origins }) };
}

const nameOf = ({ prepared }: Stage): string => methodOf(prepared.config.model).name;
const predictWith = ({ folder }: Run): string => `pyramid-mamba predict PICTURES --model ${typed(folder)}`;

const usableLine = (run: Run): string =>
  `model: ${run.model} can be used now: \`${predictWith(run)}\` judges new pictures`;

/** The settings of the run: those of the first stage, and of all stages. */
function stagedConfig(
  { seconds, holdBack, orientations, patches }: StagedRequest,
  stages: readonly Stage[],
): Config {
  const settings = stages.map(({ prepared }) => {
    const { preset, trainingPictures, dataFingerprint, heldBack, workers, model, train } = prepared.config;
    return { preset, trainingPictures, dataFingerprint, heldBack, workers, model, train };
  });
  return {
    ...stages[0]!.prepared.config,
    stages: {
      seconds,
      holdBack,
      ...(orientations && { orientations }),
      ...(patches && { patches }),
      settings,
    },
  };
}

/** The complete model of a stage, in `model.safetensors` or beside it. */
const madeBy = (stage: Stage, run: Run): Promise<Made | undefined> =>
  madeAs(nameOf(stage), fingerprintOf(stage), run);

/** The complete model of a method, in `model.safetensors` or beside it; a damaged file is none, nor one of other pictures. */
async function madeAs(name: string, fingerprint: string, run: Run): Promise<Made | undefined> {
  for (const path of [run.model, run.modelOf(name)]) {
    if (!existsSync(path)) continue;
    const bytes = await readUserFile(path, 'train');
    try {
      const made = madeOf(path, { bytes });
      if (methodOf(made.config).name === name && made.info.fingerprint === fingerprint) return made;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  return undefined;
}
