import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useVirtualRows, useWidth } from './virtualRows.js';
import './pictureGrid.css';

/** Minimum width and height of a cell, in pixels, gaps included. */
const CELL_WIDTH = 148;
const TEXT_HEIGHT = 44;

/** Where a cell is, in pixels, and whether it has the tab stop. */
export interface CellPlace {
  readonly index: number;
  readonly count: number;
  readonly current: boolean;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Height of the picture. */
  readonly picture: number;
}

export interface PictureGridProps<T> {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly list: readonly T[];
  /** Scrolled into view at first. */
  readonly at: T | null;
  readonly cell: (item: T, place: CellPlace) => ComponentChildren;
  /** Enter, Space or a click; `event` tells Shift. */
  readonly onOpen: (index: number, event: KeyboardEvent | MouseEvent) => void;
  /** Another key on a cell; returns whether it did something. */
  readonly onKey?: (event: KeyboardEvent, index: number) => boolean;
  /** Whether several can be selected. */
  readonly several?: boolean;
}

/** Pictures in rows; only those in view are rendered. One cell is in the tab order; arrows move it. */
export function PictureGrid<T>(props: PictureGridProps<T>) {
  const { scroller, list, at: first, cell: renderCell, onOpen, onKey, several = false } = props;
  const width = useWidth(scroller);
  const columns = Math.max(1, Math.floor(width / CELL_WIDTH));
  const cell = width > 0 ? Math.floor(width / columns) : CELL_WIDTH;
  const rows = useVirtualRows(scroller, Math.ceil(list.length / columns), cell + TEXT_HEIGHT);
  const found = first === null ? -1 : list.indexOf(first);
  const [at, setAt] = useState(Math.max(0, found));
  const current = Math.min(at, Math.max(0, list.length - 1));
  const wantsFocus = useRef(false);

  // restore the scroll position
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
  const open = (index: number, event: KeyboardEvent | MouseEvent) => {
    if (index < 0 || index >= list.length) return;
    setAt(index);
    onOpen(index, event);
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
    else if (event.key === 'Enter' || event.key === ' ') open(current, event);
    else if (!onKey?.(event, current)) return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent) => {
    const clicked = (event.target as Element).closest<HTMLElement>('[data-index]');
    if (clicked) open(Number(clicked.dataset['index']), event);
  };

  return (
    <div class="grid-scroller" ref={scroller}>
      <div
        role="listbox"
        aria-label="Pictures"
        aria-multiselectable={several ? true : undefined}
        class="grid"
        style={{ height: `${rows.getTotalSize()}px` }}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        {width > 0 &&
          rows.getVirtualItems().flatMap(({ index: row, start }) =>
            list.slice(row * columns, (row + 1) * columns).map((item, column) => {
              const index = row * columns + column;
              return renderCell(item, {
                index,
                count: list.length,
                current: index === current,
                left: column * cell,
                top: start,
                width: cell,
                picture: cell - 20,
              });
            }),
          )}
      </div>
    </div>
  );
}
