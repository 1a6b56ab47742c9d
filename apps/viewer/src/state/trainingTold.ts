// What a person is told of a training while another tab or program has the screen: the tab's title, and a notification at its end.
import { computed, effect, signal } from '@preact/signals';
import { sentenceOf } from '@pyramid-mamba/inspect';
import { mmSeenBy } from './millimetres.js';
import { busy, fit, lastStep, phase, stage, trained, type Phase } from './training.js';

/** What ended while nobody looked at the page; null once it was looked at. */
const unseen = signal<string | null>(null);

const shareNow = (): number => {
  const step = lastStep.value;
  return stage.value?.share ?? fit.value?.share ?? (step ? step.step / Math.max(1, step.total) : 0);
};

/** The progress of the training for the tab's title; null where there is nothing to tell. */
export const trainingTitle = computed<string | null>(() => {
  if (!busy.value) return unseen.value;
  if (phase.value === 'paused') return 'Training paused';
  const percent = Math.floor(100 * shareNow());
  return percent > 0 ? `Training ${percent} %` : 'Training …';
});

/** Whether the browser shows notifications of this page; `absent`: it has none. */
export const telling = signal<NotificationPermission | 'absent'>(
  'Notification' in globalThis ? Notification.permission : 'absent',
);

/** Asks the browser to show a notification at the end of the training; only on a press, as browsers demand. */
export async function tellAtEnd(): Promise<void> {
  telling.value = await Notification.requestPermission();
}

/** The end of a training that a person did not cause: what it came to; undefined for everything else. */
function ended(before: Phase, now: Phase): { readonly title: string; readonly body: string } | undefined {
  if (now === 'done') {
    const { name, info } = trained.peek() ?? {};
    return {
      title: `${name ?? 'The model'} is ready`,
      body: sentenceOf(info?.selfTest ?? {}, mmSeenBy(info)),
    };
  }
  if (now === 'idle' && ['preparing', 'training', 'finishing'].includes(before))
    return { title: 'The training stopped', body: 'The page says why, and what to do.' };
  return undefined;
}

function notice({ title, body }: { readonly title: string; readonly body: string }): void {
  if (telling.peek() !== 'granted') return;
  try {
    const shown = new Notification(title, { body, tag: 'training' });
    shown.addEventListener('click', () => {
      window.focus();
      shown.close();
    });
  } catch {
    // mobile browsers show notifications of service workers alone; the title tells it
  }
}

/** Tells the end of a training to a person who does not look at the page. */
export function tellTraining(): void {
  let before: Phase = phase.peek();
  effect(() => {
    const now = phase.value;
    const end = now === before ? undefined : ended(before, now);
    before = now;
    if (!end || document.visibilityState === 'visible') return;
    unseen.value = end.title;
    notice(end);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') unseen.value = null;
  });
}
