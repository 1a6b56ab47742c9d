import type { Space } from '@pyramid-mamba/projects';
import { useEffect, useState } from 'preact/hooks';
import { sizeText } from '../../parts/size.js';
import { cards, projects } from '../../state/project/open.js';

/** Below this much free space a person should know that it runs out. */
const SHORT = 500 * 2 ** 20;

/** What is stored in this browser and what is free, and whether the browser may clear it: sentences. */
export function spaceWords({ used, free, persistent }: Space): string {
  const room = Number.isFinite(free) ? `, ${sizeText(free)} free` : '';
  const short = free < SHORT ? ' Space runs out: export projects, then remove them for good.' : '';
  const kept = persistent
    ? ''
    : ' The browser may clear it when space is short: export what must not be lost.';
  return `${sizeText(used)} stored in this browser${room}.${short}${kept}`;
}

/** The space of all projects, and what is left. */
export function SpaceLine() {
  const [space, setSpace] = useState<Space | null>(null);
  const all = cards.value;
  useEffect(() => {
    let gone = false;
    // a browser that does not say has nothing to show
    void projects()
      .then((store) => store.space())
      .then((found) => !gone && setSpace(found))
      .catch(() => undefined);
    return () => {
      gone = true;
    };
  }, [all]);
  if (!space || all.length === 0) return null;
  return (
    <p class="muted" id="space">
      {spaceWords(space)}
    </p>
  );
}
