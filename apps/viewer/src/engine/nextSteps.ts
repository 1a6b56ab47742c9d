import type { NextSteps } from '@pyramid-mamba/inspect';

/** What a user of the page does next. */
export const NEXT: NextSteps = {
  product: 'choose the product of the picture',
  invalid: 'the model file is damaged or the graphics card failed: open another model, or reload the page',
  notLearnt: 'train for more epochs or on more pictures',
};
