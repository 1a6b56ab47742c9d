import { effect } from '@preact/signals';
import { titleOf } from './titles.js';
import { place, route } from './route.js';
import { trainingTitle } from '../trainingTold.js';
import { workplace } from '../workplace.js';

/** Names the view and the project in the tab of the browser, after the progress of a training. */
export function followTitle(): void {
  effect(() => {
    const now = place.value;
    const words =
      now === null
        ? [route.value.at === 'unknown' ? 'No such page' : '']
        : [titleOf(now), workplace.value?.name ?? ''];
    document.title = [trainingTitle.value ?? '', ...words, 'Pyramid-Mamba']
      .filter((word) => word !== '')
      .join(' · ');
  });
}
