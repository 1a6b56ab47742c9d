import { methodOf } from '@pyramid-mamba/model';
import type { Left } from '../ablation/done.js';
import { evaluateModelFile } from '../commands/evaluate.js';
import { UserError } from '../errors.js';
import type { Io } from '../terminal/io.js';
import type { TrainRequest } from '../training/prepare.js';
import { train } from '../training/training.js';
import { readUserFile } from '../weights/encoderSource.js';
import { trainMembers } from './members.js';
import { freshCost, modelCost, peakMemory, readCost, writeCost, type Cost } from './cost.js';

/** Throws a UserError where the cell was trained for another time than is asked for now. */
export function requireSameTime(cost: Cost | undefined, { run, trainFor }: TrainRequest): void {
  const asked = trainFor ?? null;
  if (cost === undefined || !run.exists() || cost.time === asked) return;
  const words = (time: number | null) => (time === null ? 'no --time' : `--time ${time}s`);
  throw new UserError(
    `--time: ${run.folder} was begun with ${words(cost.time)}, not ${words(asked)}; give that, or another folder with --out`,
  );
}

/** Does what is left of a cell, and keeps what it cost. `isFirst`: this process has trained no other cell. */
export async function makeCell(
  {
    out,
    key,
    request,
    left,
    isFirst,
  }: { out: string; key: string; request: TrainRequest; left: Left; isFirst: boolean },
  io: Io,
): Promise<void> {
  const { run, dataset, trainFor } = request;
  let cost = (await readCost(out, key)) ?? freshCost(trainFor);
  const keep = async (more: Partial<Cost>): Promise<void> => {
    cost = { ...cost, ...more };
    await writeCost(out, key, cost);
  };
  await keep({});
  await peakMemory.restart();
  if (left === 'all' || left === 'training') {
    const learnt = { ...request, learnt: (learning: number) => keep({ seconds: learning }) };
    await (methodOf(request.settings.model).learns === 'members' ? trainMembers : train)(learnt, io);
  }
  const bytes = await readUserFile(run.model, 'compare');
  if (left !== 'nothing')
    await evaluateModelFile(
      { bytes, modelFile: run.model, dataset, out: run.folder, protocol: 'paper', own: run, keeps: true },
      io,
    );
  // only a cell that is made in one go has its peak
  if (left === 'all') await keep({ peakBytes: await peakMemory.bytes(), peakIsBound: !isFirst });
  if (left !== 'nothing' || cost.picture === null) await keep(await modelCost(bytes, run.model, dataset));
}

/** A cell whose model can be made at all. Throws a FormatError where the encoder does not suit the method. */
export const requireSuited = (config: TrainRequest['settings']['model']): void =>
  void methodOf(config).tensors(config);
