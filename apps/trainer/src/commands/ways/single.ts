// One method, trained alone.
import { holdBack, withHeldBack } from '@pyramid-mamba/data';
import { methodOf, type Method } from '@pyramid-mamba/model';
import { UserError } from '../../errors.js';
import type { RunConfig } from '../../run/run.js';
import {
  methodNamed,
  methodSettings,
  onEncoder,
  requireApplicableTree,
  requireShown,
  withEnoughSteps,
  withOverrides,
  withTree,
  type Settings,
} from '../../settings/settings.js';
import { say } from '../../terminal/io.js';
import { locatingOf, requireLocatable } from '../../training/locating/references.js';
import { train } from '../../training/training.js';
import {
  encoderFor,
  foreignTo,
  locateBy,
  otherInput,
  type Asked,
  type TrainOptions,
  type Way,
} from './way.js';

const DEFAULT_PRESET = 'tiny';

export async function singleMethod(
  options: TrainOptions,
  asked: Asked,
  saved: RunConfig | undefined,
): Promise<Way> {
  const preset = options.preset ?? asked.preset;
  const method = chosenMethod(options, asked, saved);
  const usual = startingSettings(method, preset, saved);
  const start = onEncoder(usual, await foreignTo(usual.model, options, asked, saved));
  let settings = withTree(start, asked, asked.where);
  requireApplicableTree(method, start, asked, asked.where);
  settings = withOverrides(settings, {
    ...options,
    workers: options.workers ?? (method.learns === 'steps' ? asked.workers : undefined),
    // commander returns `true` if a --no-… option is absent; the settings are then unchanged
    pss: options.pss ? undefined : false,
    lec: options.lec ? undefined : false,
    noise: options.noise ? undefined : false,
  });
  // runs of earlier versions may be larger, and can be continued
  if (!saved) requireShown(settings.model);
  if (locateBy(options, asked, saved) !== undefined) requireLocatable(settings);
  const other = options.inputSize ? undefined : otherInput(usual.model, start.model, settings.model);
  return async ({ locate, ...common }, dataset, io) => {
    if (other !== undefined) say(io, other);
    const split = saved
      ? withHeldBack(dataset, saved.heldBack)
      : await holdBack(dataset, options.holdBack ?? asked.holdBack, settings.train.seed);
    if (split.heldBack.length > 0) {
      say(
        io,
        `held out: ${split.heldBack.length} good pictures are not trained on; they set the thresholds and serve as good test pictures`,
      );
    }
    const presetName = preset ?? saved?.preset ?? Object.keys(method.presets)[0]!;
    const openEpochs = options.epochs === undefined && asked.train?.['epochs'] === undefined && !saved;
    const enough = method.learns === 'steps' && presetName === DEFAULT_PRESET && openEpochs;
    const locating = locate && (await locatingOf(locate, dataset, settings, io));
    await train(
      {
        ...common,
        locating,
        encoderFile: encoderFor(settings.model, options, asked, saved),
        ...split,
        preset: presetName,
        settings: enough ? withEnoughSteps(settings, split.dataset.train.length) : settings,
        maxSteps: options.maxSteps,
      },
      io,
    );
    return split.dataset.test.length > 0;
  };
}
/** The method that the command or its configuration names, or that of the resumed run. */
function chosenMethod(
  { method: option }: TrainOptions,
  { method: key, model, where }: Asked,
  saved: RunConfig | undefined,
): Method {
  const inModel = model?.['method'];
  const named = option ?? key ?? (inModel === undefined ? undefined : String(inModel));
  if (option !== undefined && key !== undefined && option !== key)
    throw new UserError(`--method: ${option}, but ${where} says ${key}; give one of them`);
  return named === undefined ? methodOf(saved?.model ?? {}) : methodNamed(named);
}

function startingSettings(
  method: Method,
  preset: string | undefined,
  saved: RunConfig | undefined,
): Settings {
  if (saved && preset === undefined && methodOf(saved.model) === method)
    return { model: saved.model, train: saved.train, workers: saved.workers };
  const settings = methodSettings(method, preset);
  // a resumed run keeps its own version of the random streams
  return saved ? { ...settings, train: { ...settings.train, random: saved.train.random ?? 1 } } : settings;
}
