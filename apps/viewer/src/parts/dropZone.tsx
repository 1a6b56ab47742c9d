import { useEffect, useState } from 'preact/hooks';
import { openDropped } from '../state/opening.js';
import { run } from '../state/opened.js';

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;

/**
 * Browsers tell of a drag over the page at least each 550 ms, also of one that rests. After so long without a word it has left: an element that is
 * removed below the pointer, as while pictures are added, tells the window nothing when it is left.
 */
const SILENT_MS = 700;

/** Opens pictures, a run's folder or a model file dropped anywhere on the page; with Shift, as the second run. */
export function DropZone() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hide = () => {
      clearTimeout(timer);
      setOver(false);
    };
    const dragged = (event: DragEvent) => {
      // a drag that enters another element is refused there unless that is prevented, too
      event.preventDefault();
      setOver(true);
      clearTimeout(timer);
      timer = setTimeout(hide, SILENT_MS);
    };
    const done = new AbortController();
    const on = (name: 'dragenter' | 'dragover' | 'drop', act: (event: DragEvent) => void) =>
      addEventListener(name, (event) => hasFiles(event) && act(event), { signal: done.signal });
    on('dragenter', dragged);
    on('dragover', dragged);
    on('drop', (event) => {
      hide();
      // a view may have handled the drop already
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (event.dataTransfer)
        void openDropped(event.dataTransfer, event.shiftKey && run.value ? 'other' : 'run');
    });
    done.signal.addEventListener('abort', () => clearTimeout(timer));
    return () => done.abort();
  }, []);
  return over ? (
    <div class="drop-zone" aria-hidden="true">
      <p>
        Drop pictures, folders of pictures, a run’s folder or a model file
        {run.value ? '; with Shift, a second run to compare with' : ''}
      </p>
    </div>
  ) : null;
}
