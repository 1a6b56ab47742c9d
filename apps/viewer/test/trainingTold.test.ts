import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.mock('../src/engine/client.js', () => import('./fakeEngine.js'));
const shown = vi.hoisted(() => {
  const told: { title: string; body: string | undefined }[] = [];
  const listeners: (() => void)[] = [];
  class Notification {
    static permission: NotificationPermission = 'default';
    static requestPermission = () => Promise.resolve((Notification.permission = 'granted'));
    constructor(title: string, { body }: NotificationOptions = {}) {
      told.push({ title, body });
    }
    addEventListener() {}
  }
  const page = {
    title: '',
    visibilityState: 'visible' as DocumentVisibilityState,
    addEventListener: (_: string, hear: () => void) => listeners.push(hear),
  };
  const browser = {
    Notification,
    document: page,
    location: { hash: '#my/train', search: '', href: 'http://localhost/' },
    addEventListener: () => undefined,
    localStorage: { getItem: () => null, setItem: () => undefined },
    navigator: { hardwareConcurrency: 4 },
  };
  for (const [name, value] of Object.entries(browser)) vi.stubGlobal(name, value);
  const see = (state: DocumentVisibilityState) => {
    page.visibilityState = state;
    for (const hear of listeners) hear();
  };
  return { told, page, see };
});

const { phase, stage, trained } = await import('../src/state/training.js');
const { telling, tellAtEnd, tellTraining } = await import('../src/state/trainingTold.js');
const { followTitle } = await import('../src/state/address/title.js');
tellTraining();
followTitle();

beforeEach(() => shown.see('visible'));
afterEach(() => {
  phase.value = 'idle';
  stage.value = trained.value = null;
  shown.told.length = 0;
});

const title = () => shown.page.title;
const doing = (share: number) => {
  stage.value = { kind: 'stage', stage: 'bank', doing: 'memory bank', share, secondsLeft: 3 };
};

test('the tab’s title shows the progress of a training', () => {
  const before = title();
  expect(before).toBe('Train · Pyramid-Mamba');
  phase.value = 'preparing';
  expect(title()).toBe(`Training … · ${before}`);
  doing(0.427);
  phase.value = 'training';
  expect(title()).toBe(`Training 42 % · ${before}`);
  phase.value = 'paused';
  expect(title()).toBe(`Training paused · ${before}`);
  phase.value = 'done';
  expect(title()).toBe(before);
});

test('the end of a training is notified where the browser may and nobody looks at the page', async () => {
  expect(telling.value).toBe('default');
  const train = (end: 'done' | 'idle' | 'stopped') => {
    phase.value = 'training';
    if (end === 'stopped') phase.value = 'stopping';
    phase.value = end;
  };
  shown.see('hidden');
  train('done');
  expect([shown.told, title()]).toEqual([[], 'The model is ready · Train · Pyramid-Mamba']);
  shown.see('visible');
  expect(title()).toBe('Train · Pyramid-Mamba');

  await tellAtEnd();
  expect(telling.value).toBe('granted');
  train('done');
  expect(shown.told).toEqual([]);
  shown.see('hidden');
  train('done');
  // a fault is told, too; what a person stopped is not
  train('idle');
  train('stopped');
  expect(shown.told.map((one) => one.title)).toEqual(['The model is ready', 'The training stopped']);
});
