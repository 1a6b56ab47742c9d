import { opening } from '../state/opening.js';
import { run } from '../state/opened.js';

/** Shown if a view needs a run and none is open. */
export function NothingOpen() {
  return opening.value ? (
    <p role="status">Opening {opening.value} …</p>
  ) : (
    <p>
      No run is open. <a href="#open">Open one, or the example.</a>
    </p>
  );
}

/** Shows that the open run is the example. */
export function ExampleNote() {
  if (!run.value?.example) return null;
  return (
    <p class="example-note">
      This is an example: drawn products, a small model. To see your own, <a href="#open">open a run</a>, drop
      its folder here, or start the page with <code>pyramid-mamba view RUN</code>.
    </p>
  );
}
