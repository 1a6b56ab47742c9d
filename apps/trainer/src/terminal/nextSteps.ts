import type { NextSteps } from '@pyramid-mamba/inspect';

/** What a user of the command line does next. */
export const NEXT: NextSteps = {
  product: 'pass it with --class',
  invalid: 'the model file is damaged or the device failed: try another --backend or train again',
  notLearnt: 'train for more steps, with a lower learning rate or on more pictures',
};
