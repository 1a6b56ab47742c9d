import { effect } from '@preact/signals';
import { trainIn } from '../engine.js';
import { busy, forgetTraining, lookForSaved } from '../training.js';
import { locked, project } from './open.js';

/** Trainings are those of the open project: each has its own, which waits in it while another project is open. One that runs is not left. */
export function followTrainingHome(): void {
  let at: string | null | undefined;
  effect(() => {
    // the tab that works on a project has its training
    const id = locked.value === null ? (project.value?.id ?? null) : null;
    if (busy.value || id === at) return;
    const first = at === undefined;
    at = id;
    trainIn(id);
    if (first) return;
    forgetTraining();
    if (id !== null) void lookForSaved();
  });
}
