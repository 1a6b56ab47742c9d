import { computed, signal } from '@preact/signals';

/** What is worked on: the page's example, a run of the command line, a model file alone, or a project of this browser. */
export interface Workplace {
  /** Its name in the address. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly kind: 'example' | 'run' | 'model' | 'own';
}

/** The open project; null on a first visit. */
export const workplace = signal<Workplace | null>(null);

/** Whether its pictures and model cannot be changed here. */
export const readOnly = computed(() => workplace.value !== null && workplace.value.kind !== 'own');
