import { Lock } from 'lucide';
import { Icon } from '../parts/icon.js';
import { locked, project } from '../state/project/open.js';
import { asking, busyElsewhere, workHere } from '../state/project/takeOver.js';
import { place } from '../state/address/route.js';

/** Why the open project cannot be changed in this tab, and the way to change it. */
export function ReadOnlyBar() {
  const open = project.value;
  if (!place.value || locked.value === null || open?.readOnly?.why !== 'other tab') return null;
  const busy = busyElsewhere.value;
  return (
    <section class="read-only" aria-label="Read-only">
      <Icon of={Lock} />
      <p role="status">
        {asking.value
          ? 'Asking the other tab …'
          : busy === null
            ? `Read-only: ${locked.value}.`
            : `In the other tab ${busy}. It is stopped and saved before this tab takes over.`}
      </p>
      <button type="button" disabled={asking.value} onClick={() => void workHere(busy !== null)}>
        {busy === null ? 'Work here' : 'Stop it and work here'}
      </button>
      {busy !== null && (
        <button type="button" onClick={() => (busyElsewhere.value = null)}>
          Leave it running
        </button>
      )}
    </section>
  );
}
