import { Images } from 'lucide';
import { opening } from '../state/opening.js';
import { run } from '../state/opened.js';
import { Empty, Working } from './states.js';

/** Shown if a view needs a run and none is open. */
export function NothingOpen() {
  return opening.value ? (
    <Working>Opening {opening.value} …</Working>
  ) : (
    <Empty
      icon={Images}
      title="Nothing is open"
      actions={
        <a class="button primary" href="#">
          To the start
        </a>
      }
    >
      Open a project, a run or the example first.
    </Empty>
  );
}

/** Shows that the open run is the example. */
export function ExampleNote() {
  if (!run.value?.example) return null;
  return (
    <p class="example-note">
      This is an example: drawn products, a small model. <a href="#">Begin with your own pictures</a>, or drop
      a run’s folder here.
    </p>
  );
}
