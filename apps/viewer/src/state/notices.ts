import { signal } from '@preact/signals';

/** Something the person at the page should know: one sentence that says what to do. */
export interface Notice {
  readonly id: number;
  readonly kind: 'error' | 'note';
  readonly text: string;
}

export const notices = signal<readonly Notice[]>([]);
let next = 0;

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
  notices.value = [...notices.value, { id: next++, kind, text }];
}

/** Shows why something did not work; `what` was attempted. */
export function notifyError(what: string, error: unknown): void {
  notify('error', `${what}: ${error instanceof Error ? error.message : String(error)}`);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
