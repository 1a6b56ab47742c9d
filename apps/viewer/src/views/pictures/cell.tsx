import type { CellPlace } from '../../parts/grid/pictureGrid.js';
import { Thumbnail } from '../../parts/grid/thumbnail.js';
import { useThumbnail } from '../../parts/grid/useThumbnail.js';
import { content } from '../../state/project/open.js';
import type { Shown } from './shownPictures.js';

const KINDS = { good: 'good', defective: 'defective', judge: 'to judge' } as const;

interface CellProps extends CellPlace {
  readonly shown: Shown;
  readonly selected: boolean;
  /** What is unusual about it, in a few words; '' for nothing. */
  readonly odd: string;
}

/** A picture of the project. */
export function Cell({ shown, selected, odd, index, count, current, left, top, width, picture }: CellProps) {
  const { url, fault } = useThumbnail(shown);
  // with one product its name says nothing, and leaves no room for the size
  const several = (content.value?.products.size ?? 0) > 1;
  const { name, kind, product, width: across, height } = shown.picture;
  const size = across === null ? null : `${across}×${height}`;
  return (
    <div
      role="option"
      class="cell"
      data-index={index}
      tabIndex={current ? 0 : -1}
      aria-selected={selected}
      aria-posinset={index + 1}
      aria-setsize={count}
      // a narrow cell cuts the line below it
      title={size === null ? name : `${name}, ${size}`}
      style={{ left: `${left}px`, top: `${top}px`, width: `${width - 8}px` }}
    >
      <Thumbnail height={picture} url={url} fault={fault} />
      <div class="says own">
        <span class="name">{name}</span>
        <span class="muted what">
          <strong class={`kind-${kind}`}>{KINDS[kind]}</strong>
          {several && product !== null && ` · ${product}`}
          {size !== null && ` · ${size}`}
        </span>
        {odd !== '' && <span class="flag odd">{odd}</span>}
      </div>
    </div>
  );
}
