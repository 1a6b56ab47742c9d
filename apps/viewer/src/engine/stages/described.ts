import { inputOf } from '@pyramid-mamba/model';
import type { SavedTraining } from '../training/types.js';
import type { Prepared } from './prepare.js';

/** What a person is told of a training in stages: how far it has come. */
export async function described({ folder, saved }: Prepared): Promise<SavedTraining> {
  const { epoch, history } = await folder.folder.progress();
  const bank = await folder.model('bank', saved);
  const planned = saved.network.train.steps;
  const done = history.at(-1)?.step ?? 0;
  return {
    name: saved.name,
    classes: saved.classes,
    inputSize: inputOf(saved.bank.model).width,
    epoch,
    epochs: saved.time === null ? 0 : saved.network.train.epochs,
    trainingPictures: saved.pictures.length,
    heldBack: saved.heldBack.length,
    history,
    elsewhere: false,
    stages: {
      usable: saved.settled?.model ?? (bank ? 'bank' : null),
      complete:
        saved.settled !== undefined && (saved.time === null || (planned !== undefined && done >= planned)),
    },
  };
}
