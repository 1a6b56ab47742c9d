import { useEffect, useState } from 'preact/hooks';
import { openDropped } from '../state/opening.js';
import { run } from '../state/opened.js';

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;

/** Opens pictures, a run's folder or a model file dropped anywhere on the page; with Shift, as the second run. */
export function DropZone() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const change = (by: number) => {
      depth = Math.max(0, depth + by);
      setOver(depth > 0);
    };
    const done = new AbortController();
    const on = (name: 'dragenter' | 'dragleave' | 'dragover' | 'drop', act: (event: DragEvent) => void) =>
      addEventListener(name, (event) => hasFiles(event) && act(event), { signal: done.signal });
    on('dragenter', () => change(1));
    on('dragleave', () => change(-1));
    on('dragover', (event) => event.preventDefault());
    on('drop', (event) => {
      change(-depth);
      // a view may have handled the drop already
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (event.dataTransfer)
        void openDropped(event.dataTransfer, event.shiftKey && run.value ? 'other' : 'run');
    });
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
