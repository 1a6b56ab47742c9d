import { signal } from '@preact/signals';

/** A message to the user: a sentence with a next step. */
export interface Notice {
  readonly id: number;
  readonly kind: 'error' | 'note';
  readonly text: string;
  /** Further sentences of the same kind, at most `MOST_LISTED`; `count` includes all of them and the first one. */
  readonly others: readonly string[];
  readonly count: number;
}

export const notices = signal<readonly Notice[]>([]);
let next = 0;

/** Maximum number of listed sentences of one notice; the rest are counted. */
const MOST_LISTED = 200;

/** Maximum length of a notice: names from files may have any length. */
const MAX_LETTERS = 600;

const shortened = (text: string) =>
  text.length <= MAX_LETTERS
    ? text
    : `${text.slice(0, MAX_LETTERS / 2)} … ${text.slice(text.length - MAX_LETTERS / 2)}`;

/** Shows a sentence until it is dismissed; the middle of a very long one is cut out. */
export function notify(kind: Notice['kind'], long: string): void {
  const text = shortened(long);
  if (notices.value.some((old) => old.kind === kind && old.text === text)) return;
  notices.value = [...notices.value, { id: next++, kind, text, others: [], count: 1 }];
}

/** Shows an error; `what` names the attempted action. A repeated action increases the count of its notice: forty files are one notice. */
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
