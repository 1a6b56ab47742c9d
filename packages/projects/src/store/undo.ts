import { changeBack, inverseOf, type Change, type Inverse } from '../content/change.js';
import type { Project } from '../content/project.js';

/** The most actions that can be taken back. */
const DEEPEST = 200;

interface Step {
  readonly label: string;
  readonly inverse: Inverse;
}

/** This tab's actions, to be taken back or repeated. */
export class UndoStack {
  #done: Step[] = [];
  #undone: Step[] = [];

  get undoable(): string | null {
    return this.#done.at(-1)?.label ?? null;
  }

  get redoable(): string | null {
    return this.#undone.at(-1)?.label ?? null;
  }

  /** The change that undo or redo makes now; undefined where there is nothing. */
  next(way: 'undo' | 'redo', project: Project): { label: string; change: Change } | undefined {
    const step = (way === 'undo' ? this.#done : this.#undone).at(-1);
    return step && { label: step.label, change: changeBack(step.inverse, project) };
  }

  /** After `change` of `before` was stored: by a new action, or by undo or redo of the last step. */
  stored(way: 'new' | 'undo' | 'redo', label: string, before: Project, change: Change): void {
    const step = { label, inverse: inverseOf(before, change) };
    if (way === 'undo') {
      this.#done.pop();
      this.#undone.push(step);
      return;
    }
    if (way === 'redo') this.#undone.pop();
    else this.#undone = [];
    this.#done.push(step);
    if (this.#done.length > DEEPEST) this.#done.shift();
  }

  clear(): void {
    [this.#done, this.#undone] = [[], []];
  }
}
