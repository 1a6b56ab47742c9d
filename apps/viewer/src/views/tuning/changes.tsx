import { decide } from '@pyramid-mamba/inspect';
import { ownValue, type Verdict } from '@pyramid-mamba/metrics';
import type { Item, OpenRun } from '../../run/types.js';
import { showPicture } from '../../state/address/filter.js';
import { doubtsOf, verdictOf } from '../../state/verdicts.js';

/** Pictures named for each change. */
const NAMED = 8;

/** Pictures whose verdict changes alike. */
export interface Change {
  readonly from: Verdict | null;
  readonly to: Verdict | null;
  readonly items: readonly Item[];
}

/** Which pictures of a class get another verdict by the moved thresholds than by the saved ones. */
export function changesOf(run: OpenRun, className: string, items: readonly Item[]): Change[] {
  const saved = ownValue(run.calibration, className);
  return grouped(
    items.map((item) => ({
      item,
      from: decide(item.score, className, saved, doubtsOf(item, saved), run.largestScore).verdict,
      to: verdictOf(item),
    })),
  );
}

/** The verdicts that differ, by what they were and are. */
export function grouped(
  pictures: readonly { readonly item: Item; readonly from: Verdict | null; readonly to: Verdict | null }[],
): Change[] {
  const found = new Map<string, { from: Verdict | null; to: Verdict | null; items: Item[] }>();
  for (const { item, from, to } of pictures) {
    if (from === to) continue;
    const key = `${from} ${to}`;
    const change = found.get(key) ?? { from, to, items: [] };
    change.items.push(item);
    found.set(key, change);
  }
  return [...found.values()];
}

/** What saving the thresholds changes, before it is saved. */
export function Changes({
  run,
  className,
  items,
}: {
  run: OpenRun;
  className: string;
  items: readonly Item[];
}) {
  const changes = changesOf(run, className, items);
  const total = changes.reduce((sum, change) => sum + change.items.length, 0);
  return (
    <section class="changes" aria-labelledby="changes">
      <h2 id="changes">What changes</h2>
      <p role="status">
        {total === 0
          ? `No verdict on the ${items.length} pictures of ${className} changes.`
          : `${total} of ${items.length} verdicts on ${className} change:`}
      </p>
      <ChangeList changes={changes} />
    </section>
  );
}

/** Which verdicts change into which, with the first pictures of each. */
export function ChangeList({ changes }: { changes: readonly Change[] }) {
  return (
    <ul>
      {changes.map(({ from, to, items: changed }) => (
        <li key={`${from} ${to}`}>
          {changed.length} from <span class={`verdict ${from ?? ''}`}>{from ?? 'no verdict'}</span> to{' '}
          <span class={`verdict ${to ?? ''}`}>{to ?? 'no verdict'}</span>:{' '}
          {changed.slice(0, NAMED).map((item) => (
            <button key={item.id} type="button" class="plain" onClick={() => showPicture(item)}>
              {item.file}
              {item.label === null ? '' : item.label === 0 ? ' (good)' : ' (defective)'}
            </button>
          ))}
          {changed.length > NAMED && ` and ${changed.length - NAMED} more`}
        </li>
      ))}
    </ul>
  );
}
