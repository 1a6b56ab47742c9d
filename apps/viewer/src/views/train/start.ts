import type { StagedRequest } from '../../engine/training/types.js';
import { planOf } from '../../engine/training/plan.js';
import { attempting } from '../../state/engine.js';
import { project } from '../../state/project/open.js';
import { begin, busy, resume, trainingFor } from '../../state/training.js';
import { choices, encoder, trainingProducts } from './chosen.js';
import { time } from './timeChoice.js';

/** Trains on the open project's pictures as the choices say. */
export const startTraining = (pictures: number): Promise<unknown> => start(() => settingsOf(pictures));

/**
 * Trains again on the open project's pictures, those that were labelled since among them: first the memory bank, then the network for the time chosen.
 * Features that are known are not computed again. The model of before stays in the project, and in use until there is a better one.
 */
export const trainAgain = (): Promise<unknown> => start(() => Promise.resolve(staged()));

type Staged = Pick<StagedRequest, 'time' | 'seed' | 'inputSize' | 'preset'>;

function staged(): Staged {
  const { seed, stagedSize, staged: preset } = choices.peek();
  const { value } = time;
  return { time: value === 'alone' ? null : value, seed, inputSize: stagedSize, ...(preset && { preset }) };
}

async function start(settings: () => Promise<Staged | Awaited<ReturnType<typeof plan>>>): Promise<unknown> {
  if (busy.peek()) return undefined;
  return attempting('Not trained', async () => {
    const open = project.peek();
    if (!open) return;
    const products = await trainingProducts(open);
    const request = {
      name: products.length === 1 ? products[0]!.name : open.content.name,
      products,
      ...(await settings()),
      encoder: encoder.value ? { file: encoder.value, name: encoder.value.name } : ('embedded' as const),
    };
    trainingFor.value = open;
    await begin(request);
  });
}

/** What is trained: stages for the time chosen, or one method by the details. */
const settingsOf = async (pictures: number) => (time.peek() === 'alone' ? plan(pictures) : staged());

/** Goes on with the saved training of the open project. */
export function resumeSaved(): void {
  trainingFor.value = project.peek();
  void resume();
}

async function plan(pictures: number) {
  const { method } = choices.value;
  if (!method) return planOf(choices.value, pictures);
  const { presetPlan } = await import('../../engine/training/methods.js');
  return presetPlan(method, choices.value);
}
