import { signal } from '@preact/signals';

/** Something the person at the page should know: a sentence that says what to do. */
export interface Notice {
  readonly id: number;
  readonly kind: 'error' | 'note';
  readonly text: string;
  /** Further sentences of the same kind, at most `MOST_LISTED`; `count` counts all, the first one too. */
  readonly others: readonly string[];
  readonly count: number;
}

export const notices = signal<readonly Notice[]>([]);
let next = 0;

/** So many sentences of one notice are listed; the rest are counted. */
const MOST_LISTED = 200;

/** Most letters of a notice: names out of a file may be of any length. */
const MAX_LETTERS = 600;

const shortened = (text: string) =>
  text.length <= MAX_LETTERS
    ? text
    : `${text.slice(0, MAX_LETTERS / 2)} … ${text.slice(text.length - MAX_LETTERS / 2)}`;

/** Shows a sentence until it is dismissed; the middle of a very long one is left out. */
export function notify(kind: Notice['kind'], long: string): void {
  const text = shortened(long);
  if (notices.value.some((old) => old.kind === kind && old.text === text)) return;
  notices.value = [...notices.value, { id: next++, kind, text, others: [], count: 1 }];
}

/** Shows why something did not work; `what` was attempted. Where the same was attempted before, that notice counts it: forty files are one notice. */
export function notifyError(what: string, error: unknown): void {
  const text = shortened(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  const old = notices.value.find(
    ({ kind, text: shown }) => kind === 'error' && shown.startsWith(`${what}: `),
  );
  if (!old) return notify('error', text);
  if (old.text === text || old.others.includes(text)) return;
  const others = old.others.length < MOST_LISTED ? [...old.others, text] : old.others;
  notices.value = notices.value.map((one) => (one === old ? { ...old, others, count: old.count + 1 } : one));
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
