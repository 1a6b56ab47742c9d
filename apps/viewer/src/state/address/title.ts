import { effect } from '@preact/signals';
import { titleOf } from './titles.js';
import { place, route, type Route } from './route.js';
import { trainingTitle } from '../trainingTold.js';
import { workplace } from '../workplace.js';

const WITHOUT_PLACE: Partial<Record<Route['at'], string>> = {
  unknown: 'No such page',
  comparison: 'Comparison of methods',
};

/** Names the view and the project in the tab of the browser, after the progress of a training. */
export function followTitle(): void {
  effect(() => {
    const now = place.value;
    const words =
      now === null ? [WITHOUT_PLACE[route.value.at] ?? ''] : [titleOf(now), workplace.value?.name ?? ''];
    document.title = [trainingTitle.value ?? '', ...words, 'Pyramid-Mamba']
      .filter((word) => word !== '')
      .join(' · ');
  });
}
