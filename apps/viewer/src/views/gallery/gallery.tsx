import { useRef } from 'preact/hooks';
import { opening } from '../../state/opening.js';
import { run } from '../../state/opened.js';
import { shown } from '../../state/selection.js';
import { ExampleNote, NothingOpen } from '../../parts/nothingOpen.js';
import { Filters } from './filters.js';
import { Grid } from './grid.js';
import './gallery.css';

/** All pictures of the run, to be filtered, sorted and opened. */
export function Gallery() {
  const grid = useRef<HTMLDivElement>(null);
  if (!run.value) return <NothingOpen />;
  const [count, all] = [shown.value.length, run.value.items.length];
  return (
    <div class="gallery" aria-busy={opening.value !== null}>
      <h1 class="out-of-sight">Gallery of {run.value.name}</h1>
      <ExampleNote />
      <Filters />
      <p class="muted count" role="status">
        {count === all ? `${all} pictures` : `${count} of ${all} pictures`} of {run.value.name}
        {count === 0 && ': none passes the filter'}
      </p>
      <Grid scroller={grid} />
    </div>
  );
}
