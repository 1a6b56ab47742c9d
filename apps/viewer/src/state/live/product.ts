import { computed, signal } from '@preact/signals';
import { model } from '../opened.js';
import { current } from './shots.js';

/** The product to judge by, or '' to let the model recognise it. */
export const product = signal('');

/** The product that is looked at: the chosen one, that of the shown picture, or the model's first; '' without a model. */
export const shownProduct = computed(
  () => product.value || current.value?.judgement.className || (model.value?.info.classes[0] ?? ''),
);
