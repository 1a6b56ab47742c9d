// A memory bank first, then a network.
import { holdBack, withHeldBack } from '@pyramid-mamba/data';
import { BEST, BEST_STAGES, DEFAULT_SECONDS, HELD_BACK, STAGES, withRowsFor } from '@pyramid-mamba/inspect';
import { methodOf } from '@pyramid-mamba/model';
import { UserError } from '../../errors.js';
import type { RunConfig } from '../../run/run.js';
import { timeSpan } from '../../settings/options.js';
import { requireShown } from '../../settings/settings.js';
import { stageSettings, type SavedStage } from '../../settings/stages.js';
import { say } from '../../terminal/io.js';
import { locatingOf, requireLocatable } from '../../training/locating/references.js';
import { trainInStages } from '../../training/staged.js';
import {
  encoderFor,
  foreignTo,
  locateBy,
  otherInput,
  type Asked,
  type TrainOptions,
  type Way,
} from './way.js';

export async function inStages(
  options: TrainOptions,
  asked: Asked,
  saved: RunConfig | undefined,
): Promise<Way> {
  const before = saved?.stages ?? asked.stages;
  const isBest = (options.preset ?? asked.preset) === BEST;
  const stages = isBest ? BEST_STAGES : STAGES;
  const network = before?.settings[1]?.model;
  if (isBest && network && methodOf(network).name !== stages[1].method)
    throw new UserError(
      `--preset ${BEST}: its network is ${methodOf(stages[1]).title}, but ${saved ? 'the run was begun with' : `${asked.where} has`} ${methodOf(network).title}; omit it` +
        (saved ? ', or give another --out' : ''),
    );
  const time = options.time ?? (asked.time === undefined ? undefined : timeSpan(asked.time));
  // the command line says more than the configuration, and this more than the run that it is of
  const quick =
    options.quick ??
    (options.time === undefined && (asked.quick ?? (time === undefined && before?.seconds === null)));
  const seconds = quick ? null : (time ?? before?.seconds ?? DEFAULT_SECONDS);
  if (saved?.stages && seconds !== saved.stages.seconds)
    throw new UserError(
      `--resume: the run was begun with ${timeOption(saved.stages.seconds)}, which its plan depends on; omit ${timeOption(seconds)}, or ` +
        'give another --out',
    );
  const { seed, inputSize, fit, tiles, overlap, augmentRotations, workers = asked.workers } = options;
  const [usual] = stageSettings({});
  const foreign = await foreignTo(usual.settings.model, options, asked, saved);
  const [start] = stageSettings({}, undefined, foreign);
  const [bank, second] = stageSettings(
    { seed, inputSize, fit, tiles, overlap, augmentRotations, workers },
    before?.settings.map((stage) => (time === undefined ? stage : unplanned(stage))),
    foreign,
    quick,
    stages,
  );
  const other = inputSize
    ? undefined
    : otherInput(usual.settings.model, start.settings.model, bank.settings.model);
  if (!saved) requireShown(bank.settings.model);
  if (locateBy(options, asked, saved) !== undefined) requireLocatable(bank.settings);
  const share = options.holdBack ?? asked.holdBack ?? before?.holdBack ?? null;
  if (share === 0 && !quick)
    throw new UserError(
      '--hold-back: the network is compared with the memory bank on held-out pictures; give a share above 0, or --quick for the bank alone',
    );
  return async ({ locate, ...common }, dataset, io) => {
    if (other !== undefined) say(io, other);
    const split = saved?.stages?.settings[1]
      ? withHeldBack(dataset, saved.stages.settings[1].heldBack)
      : await holdBack(dataset, share ?? HELD_BACK, second.settings.train.seed);
    const alone = seconds === null || split.heldBack.length === 0;
    if (alone && seconds !== null)
      say(
        io,
        'note: only the memory bank is made: the network needs at least four good pictures of a product',
      );
    // a saved run says its rows
    const model = before ? bank.settings.model : withRowsFor(bank.settings.model, dataset.classes.length);
    const whole = { ...bank, settings: { ...bank.settings, model }, dataset, heldBack: [] };
    const locating = locate && (await locatingOf(locate, dataset, bank.settings, io));
    await trainInStages(
      {
        ...common,
        locating,
        encoderFile: encoderFor(second.settings.model, options, asked, saved),
        stages: alone ? [whole] : [whole, { ...second, ...split }],
        seconds: alone ? null : seconds,
        holdBack: share,
        // whether products lie in any orientation is found out with whole pictures, as they are
        orientations:
          augmentRotations !== undefined || bank.settings.model.tiles || locating
            ? undefined
            : before === undefined
              ? 'open'
              : before.orientations,
        // a run of the bank alone says nothing of it
        patches: alone ? undefined : before?.seconds ? before.patches : 'open',
      },
      io,
    );
    return dataset.test.length > 0;
  };
}

const timeOption = (seconds: number | null): string => (seconds === null ? '--quick' : `--time ${seconds}s`);

/** A stage whose length is planned anew. */
function unplanned({ train, ...rest }: SavedStage): SavedStage {
  const { steps: _, ...open } = train;
  return { ...rest, train: open };
}
