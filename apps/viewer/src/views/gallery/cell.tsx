import { scoreText } from '@pyramid-mamba/runs';
import type { CellPlace } from '../../parts/grid/pictureGrid.js';
import { Thumbnail } from '../../parts/grid/thumbnail.js';
import { useThumbnail } from '../../parts/grid/useThumbnail.js';
import { VerdictText } from '../../parts/verdict.js';
import type { Item } from '../../run/types.js';
import { selected } from '../../state/opened.js';
import { mistakeOf, outcomeOf, thresholdsOf, verdictOf } from '../../state/verdicts.js';

/** All plain values: an unchanged cell is not rendered again while scrolling. */
interface CellProps extends CellPlace {
  readonly item: Item;
}

/** A picture of the gallery with its judgement. */
export function Cell({ item, index, count, current, left, top, width, picture }: CellProps) {
  const { url, fault } = useThumbnail(item);
  const verdict = verdictOf(item);
  const mistake = mistakeOf(outcomeOf(item));
  const truth =
    item.label === null ? 'truth unknown' : item.defect || (item.label === 0 ? 'good' : 'defective');
  return (
    <div
      role="option"
      class={`cell${mistake ? ' mistake' : ''}`}
      data-index={index}
      tabIndex={current ? 0 : -1}
      aria-selected={item === selected.value}
      aria-posinset={index + 1}
      aria-setsize={count}
      title={item.file}
      style={{ left: `${left}px`, top: `${top}px`, width: `${width - 8}px` }}
    >
      <Thumbnail height={picture} url={url} fault={fault} />
      <div class="says">
        <span class="score" title={String(item.score)}>
          {scoreText(item.score, thresholdsOf(item.className))}
        </span>{' '}
        <VerdictText of={verdict} />{' '}
        <span class="muted what">
          {item.className} · {truth}
        </span>{' '}
        {mistake && <span class="flag">{mistake}</span>}
      </div>
    </div>
  );
}
