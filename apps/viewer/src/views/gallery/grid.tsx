import type { RefObject } from 'preact';
import { PictureGrid } from '../../parts/grid/pictureGrid.js';
import { showPicture } from '../../state/address/filter.js';
import { selected } from '../../state/opened.js';
import { shown } from '../../state/selection.js';
import { Cell } from './cell.js';

/** The run's pictures that pass the filter; one opens by click, Enter or Space. */
export function Grid({ scroller }: { scroller: RefObject<HTMLDivElement | null> }) {
  const list = shown.value;
  return (
    <PictureGrid
      scroller={scroller}
      list={list}
      at={selected.value}
      onOpen={(index) => showPicture(list[index]!)}
      cell={(item, place) => <Cell key={item.id} item={item} {...place} />}
    />
  );
}
