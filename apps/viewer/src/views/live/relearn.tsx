import { currentModel } from '@pyramid-mamba/projects';
import { RefreshCw } from 'lucide';
import { Icon } from '../../parts/icon.js';
import { addressOf, placeOf } from '../../state/address/route.js';
import { waiting } from '../../state/live/live.js';
import { content } from '../../state/project/open.js';
import { judgeProject } from '../../state/project/verdicts.js';

/** What a person has said since the model was made, and the way to a model that knows it; never by surprise. */
export function Relearn() {
  const now = content.value;
  const entry = now && currentModel(now);
  if (!now || !entry) return null;
  const since = [...now.judged.values()].filter(({ label }) => label !== null && label.at > entry.created);
  const good = since.filter(({ label }) => label!.is === 'good').length;
  const stale = [...now.judged.values()].filter((one) => one.model !== entry.id).length;
  return (
    <>
      {since.length > 0 && (
        <p class="advice" id="relearn">
          <Icon of={RefreshCw} />
          <span>
            {since.length === 1 ? '1 picture was' : `${since.length} pictures were`} marked since this model
            was trained: {good} good, {since.length - good} defective. The next training learns from the good
            ones.
          </span>
          <a class="button" href={addressOf(placeOf('train'))}>
            Train again …
          </a>
        </p>
      )}
      {stale > 0 && waiting.value === 0 && (
        <p class="advice" id="stale">
          <Icon of={RefreshCw} />
          <span>{stale === 1 ? '1 verdict is' : `${stale} verdicts are`} of an earlier model.</span>
          <button type="button" onClick={() => void judgeProject()}>
            Judge them again
          </button>
        </p>
      )}
    </>
  );
}
