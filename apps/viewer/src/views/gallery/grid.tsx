import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useVirtualRows, useWidth } from '../../parts/virtualRows.js';
import { selected } from '../../state/opened.js';
import { go } from '../../state/route.js';
import { shown } from '../../state/selection.js';
import { Cell } from './cell.js';

/** Minimum width and height of a cell, in pixels, gaps included. */
const CELL_WIDTH = 148;
const TEXT_HEIGHT = 44;

/** The pictures; only the rows in view are rendered. One cell is in the tab order; arrows move it. */
export function Grid({ scroller }: { scroller: RefObject<HTMLDivElement | null> }) {
  const list = shown.value;
  const width = useWidth(scroller);
  const columns = Math.max(1, Math.floor(width / CELL_WIDTH));
  const cell = width > 0 ? Math.floor(width / columns) : CELL_WIDTH;
  const rows = useVirtualRows(scroller, Math.ceil(list.length / columns), cell + TEXT_HEIGHT);
  const found = selected.value ? list.indexOf(selected.value) : -1;
  const [at, setAt] = useState(Math.max(0, found));
  const current = Math.min(at, Math.max(0, list.length - 1));
  const wantsFocus = useRef(false);

  // restore the gallery's scroll position
  useLayoutEffect(() => {
    if (width > 0 && found >= 0) rows.scrollToIndex(Math.floor(found / columns), { align: 'auto' });
  }, [width > 0]);

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    const element = scroller.current?.querySelector<HTMLElement>(`[data-index="${current}"]`);
    if (!element) return;
    element.focus({ preventScroll: true });
    wantsFocus.current = false;
  });

  const goTo = (index: number) => {
    const next = Math.min(list.length - 1, Math.max(0, index));
    wantsFocus.current = true;
    setAt(next);
    rows.scrollToIndex(Math.floor(next / columns), { align: 'auto' });
  };
  const open = (index: number) => {
    const item = list[index];
    if (!item) return;
    setAt(index);
    selected.value = item;
    go('inspect');
  };
  const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / (cell + TEXT_HEIGHT)));
  const moves: Record<string, number> = {
    ArrowLeft: current - 1,
    ArrowRight: current + 1,
    ArrowUp: current >= columns ? current - columns : current,
    ArrowDown: current + columns < list.length ? current + columns : current,
    PageUp: current - page * columns,
    PageDown: current + page * columns,
    Home: 0,
    End: list.length - 1,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = moves[event.key];
    if (to !== undefined) goTo(to);
    else if (event.key === 'Enter' || event.key === ' ') open(current);
    else return;
    event.preventDefault();
  };

  const onClick = ({ target }: MouseEvent) => {
    const clicked = (target as Element).closest<HTMLElement>('[data-index]');
    if (clicked) open(Number(clicked.dataset['index']));
  };

  return (
    <div class="grid-scroller" ref={scroller}>
      <div
        role="listbox"
        aria-label="Pictures"
        class="grid"
        style={{ height: `${rows.getTotalSize()}px` }}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        {width > 0 &&
          rows.getVirtualItems().flatMap(({ index: row, start }) =>
            list.slice(row * columns, (row + 1) * columns).map((item, column) => {
              const index = row * columns + column;
              return (
                <Cell
                  key={item.id}
                  item={item}
                  index={index}
                  count={list.length}
                  current={index === current}
                  left={column * cell}
                  top={start}
                  width={cell}
                  picture={cell - 20}
                />
              );
            }),
          )}
      </div>
    </div>
  );
}
