import type { IconNode } from 'lucide';
import { h } from 'preact';

/** An icon of Lucide beside or instead of words, which name it for screen readers. Only those that are imported come into the page. */
export function Icon({ of }: { of: IconNode }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {of.map(([tag, attributes], i) => h(tag, { key: i, ...attributes }))}
    </svg>
  );
}
