// Whatever fails while pictures are judged, in Live and in the element, the shown verdict is never OK.
import { conclude, NO_PRODUCT } from '@pyramid-mamba/inspect';
import { render } from 'preact';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import '../src/style.css';
import { App } from '../src/app.js';
import { PyramidMambaInspector } from '../src/embed/element.js';
import { startCamera, stopCamera } from '../src/state/live/camera.js';
import { areas, judgeAgain, judgeFiles, product } from '../src/state/live/live.js';
import { notices } from '../src/state/notices.js';
import { model, type OpenModel } from '../src/state/opened.js';
import { current } from '../src/state/live/shots.js';
import { calibration, engine, judgement, right, type Answer } from './fakeEngine.js';

vi.mock('../src/engine/client.js', () => import('./fakeEngine.js'));

const opened = (name: string, over: Partial<OpenModel['info']> = {}): OpenModel => ({
  name,
  bytes: new Uint8Array(),
  info: {
    classes: ['tile', 'wood'],
    preprocessing: { inputSize: 8, resize: 'bilinear-antialias', normalize: 'imagenet' },
    calibration: { tile: calibration },
    ...over,
  },
  of: null,
});

async function picture(name = 'a.png'): Promise<File> {
  const canvas = new OffscreenCanvas(32, 32);
  canvas.getContext('2d')!.fillRect(0, 0, 16, 16);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name);
}

/** An answer that the test releases. */
function held(): { answer: Answer; give: () => void; asked: Promise<void> } {
  let give = () => {};
  let ask = () => {};
  const asked = new Promise<void>((resolve) => (ask = resolve));
  const answer: Answer = async (options, opening) => {
    const found = await right(options, opening);
    ask();
    await new Promise<void>((resolve) => (give = resolve));
    return found;
  };
  return { answer, give: () => give(), asked };
}
const failing =
  (sentence: string): Answer =>
  () =>
    Promise.reject(new Error(sentence));

const settled = () => new Promise((resolve) => setTimeout(resolve, 60));
let home: HTMLElement;
const shown = () => home.querySelector('#live-verdict .verdict')?.textContent?.trim() ?? 'nothing';
const said = () => notices.value.map(({ text }) => text).join('\n');

beforeEach(() => {
  engine.answer = right;
  home = document.createElement('div');
  home.style.height = '700px';
  document.body.append(home);
  location.hash = '#live';
});
afterEach(() => {
  stopCamera();
  render(null, home);
  home.remove();
  model.value = null;
  notices.value = [];
  product.value = '';
  areas.value = { use: [], ignore: [] };
});

describe('Live', () => {
  /** The failure after an OK picture, and the expected message. */
  const FAILURES: Record<string, () => Promise<void>> = {
    'the worker crashes': async () => {
      engine.answer = failing('the page’s worker stopped');
      await judgeAgain();
    },
    'the graphics card is lost': async () => {
      engine.answer = failing('The connection to the graphics card was lost');
      await judgeAgain();
    },
    'the areas that are drawn leave nothing to judge': async () => {
      areas.value = { use: [], ignore: [[[0, 0], [1, 0], [1, 1]]] }; // prettier-ignore
      engine.answer = failing('the areas leave nothing of the picture');
      await judgeAgain();
    },
    'another product is chosen and its judgement is late': async () => {
      const late = held();
      engine.answer = late.answer;
      product.value = 'wood';
      void judgeAgain();
      await late.asked;
    },
    'another model is opened and rejects the picture': async () => {
      engine.answer = failing('the model file is damaged');
      model.value = opened('other.safetensors');
      await settled();
    },
    'the model is closed': async () => {
      model.value = null;
      await settled();
    },
    'the next picture cannot be decoded': async () => {
      await judgeFiles([new File([new Uint8Array(9)], 'broken.png')]);
      expect(said()).toContain('Not judged');
      // the one before stands, and says so: it is named beside its verdict
      expect(home.querySelector('.result')!.textContent).toContain('a.png');
      current.value = null;
    },
    'the picture looks like no product of the model': async () => {
      engine.answer = (_, opening) => {
        const found = judgement(opening);
        const doubts = [NO_PRODUCT];
        return Promise.resolve({ ...found, ...conclude({ ...found, doubts }, calibration) });
      };
      await judgeAgain();
      expect(shown()).toBe('UNKNOWN');
      expect(home.querySelector('.result')!.textContent).toContain('looks like no product');
    },
    'the model has no thresholds for the product': async () => {
      engine.answer = (_, opening) =>
        Promise.resolve(judgement(opening, { verdict: null, calibration: null }));
      await judgeAgain();
    },
  };
  test.each(Object.entries(FAILURES))('shows no OK when %s', async (_, fail) => {
    render(<App />, home);
    model.value = opened('m.safetensors');
    await judgeFiles([await picture()]);
    await expect.poll(shown).toBe('OK');
    await fail();
    await expect.poll(shown).not.toBe('OK');
    await settled();
    expect(shown()).not.toBe('OK');
  });

  test('a judgement by the previous model is not shown with the next one’s name', async () => {
    render(<App />, home);
    model.value = opened('m.safetensors');
    const late = held();
    engine.answer = late.answer;
    const done = judgeFiles([await picture()]);
    await late.asked;
    engine.answer = (_, opening) => Promise.resolve(judgement(opening, { score: 0.9, verdict: 'NG' }));
    model.value = opened('other.safetensors');
    late.give();
    await done;
    await expect.poll(shown).toBe('NG');
  });
});

describe('the camera', () => {
  let drawing: ReturnType<typeof setInterval>;
  let track: MediaStreamTrack;
  beforeEach(async () => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d')!;
    drawing = setInterval(() => {
      context.fillStyle = `hsl(${Math.random() * 360} 50% 50%)`;
      context.fillRect(0, 0, 300, 150);
    }, 30);
    const stream = canvas.captureStream();
    [track] = stream.getVideoTracks() as [MediaStreamTrack];
    vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockResolvedValue(stream);
    render(<App />, home);
    model.value = opened('m.safetensors');
    await startCamera();
    await expect.poll(shown, { timeout: 20_000 }).toBe('OK');
  });
  afterEach(() => {
    clearInterval(drawing);
    vi.restoreAllMocks();
  });
  const set = (key: 'readyState' | 'muted', value: unknown) =>
    Object.defineProperty(track, key, { value, configurable: true });

  const FAILURES: Record<string, readonly [fail: () => void, sentence: RegExp]> = {
    'it is unplugged': [
      () => {
        set('readyState', 'ended');
        track.dispatchEvent(new Event('ended'));
      },
      /disconnected/,
    ],
    'it is muted': [
      () => {
        set('muted', true);
        track.dispatchEvent(new Event('mute'));
      },
      /gives no pictures at the moment/,
    ],
    'it stands still': [() => clearInterval(drawing), /gives no new pictures/],
    'the worker crashes': [() => (engine.answer = failing('the page’s worker stopped')), /worker stopped/],
    'the next frame is never judged': [
      () => (engine.answer = () => new Promise(() => undefined)),
      /longer than expected/,
    ],
  };
  test.each(Object.entries(FAILURES))('shows no OK when %s, and says so', async (_, [fail, sentence]) => {
    fail();
    await expect.poll(shown, { timeout: 15_000 }).toBe('nothing');
    await expect.poll(() => home.querySelector('.sources [role=alert]')?.textContent).toMatch(sentence);
    await settled();
    expect(shown()).toBe('nothing');
  });

  test('judges with the model opened while it runs, and shows a muted camera again once it delivers pictures', async () => {
    const before = engine.answer;
    const openings = new Set<number>();
    engine.answer = (options, opening) => {
      openings.add(opening);
      return before(options, opening);
    };
    await expect.poll(() => openings.size).toBe(1);
    model.value = opened('other.safetensors');
    await expect.poll(() => openings.size).toBe(2);
    expect(current.value?.judgement.opening ?? Math.max(...openings)).toBe(Math.max(...openings));
    set('muted', true);
    track.dispatchEvent(new Event('mute'));
    await expect.poll(shown).toBe('nothing');
    set('muted', false);
    await expect.poll(shown, { timeout: 10_000 }).toBe('OK');
    expect(home.querySelector('.sources [role=alert]')).toBeNull();
  });
});

describe('the element', () => {
  let element: PyramidMambaInspector;
  const line = () => element.shadowRoot!.querySelector('output')!.textContent!;
  const label = () => element.shadowRoot!.querySelector('canvas')!.getAttribute('aria-label')!;
  beforeEach(async () => {
    element = new PyramidMambaInspector();
    element.modelFile = new File(['m'], 'm.safetensors');
    document.body.append(element);
    await element.judge(await picture(), 'a.png');
    expect(line()).toMatch(/^OK/);
    expect(label()).toMatch(/^a\.png .*OK/);
  });
  afterEach(() => element.remove());

  const FAILURES: Record<string, () => Promise<unknown>> = {
    'the worker crashes': async () => {
      engine.answer = failing('the page’s worker stopped');
      await element.judge(await picture(), 'b.png');
    },
    'the picture cannot be decoded': () => element.judge(new Blob([new Uint8Array(9)]), 'b.png'),
    'the picture cannot be fetched': async () => {
      element.setAttribute('src', '/no/such/picture.png?404');
      vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'));
      await settled();
    },
    'the next picture is on its way': async () => {
      const late = held();
      engine.answer = late.answer;
      void element.judge(await picture(), 'b.png');
      await late.asked;
    },
    'another model is set and rejects': async () => {
      engine.answer = failing('the model file is damaged');
      element.modelFile = new File(['x'], 'x.safetensors');
      await settled();
    },
    'the product is another one and its judgement is late': async () => {
      const late = held();
      engine.answer = late.answer;
      element.setAttribute('product', 'wood');
      await late.asked;
    },
    'the model has no thresholds': async () => {
      engine.answer = (_, opening) =>
        Promise.resolve(judgement(opening, { verdict: null, calibration: null }));
      await element.judge(await picture(), 'b.png');
    },
  };
  test.each(Object.entries(FAILURES))('shows no OK when %s', async (_, fail) => {
    await fail();
    vi.restoreAllMocks();
    expect(line()).not.toMatch(/OK/);
    expect(label()).not.toMatch(/OK/);
    expect(element.shadowRoot!.querySelector('output')!.className).not.toBe('OK');
  });

  test('a slow picture’s verdict does not replace a newer one’s', async () => {
    const late = held();
    engine.answer = late.answer;
    const slow = element.judge(await picture(), 'slow.png');
    await late.asked;
    engine.answer = (_, opening) => Promise.resolve(judgement(opening, { score: 0.9, verdict: 'NG' }));
    await element.judge(await picture(), 'new.png');
    late.give();
    await slow;
    expect(line()).toMatch(/^NG/);
    expect(label()).toMatch(/^new\.png .*NG/);
  });

  test('a slowly fetched picture does not replace one dropped since', async () => {
    let arrive: (answer: Response) => void = () => {};
    vi.spyOn(globalThis, 'fetch').mockReturnValue(new Promise((resolve) => (arrive = resolve)));
    element.setAttribute('src', 'slow.png');
    vi.restoreAllMocks();
    engine.answer = (_, opening) => Promise.resolve(judgement(opening, { score: 0.9, verdict: 'NG' }));
    await element.judge(await picture(), 'new.png');
    engine.answer = right;
    arrive(new Response(await picture()));
    await settled();
    expect(line()).toMatch(/^NG/);
    expect(label()).toMatch(/^new\.png .*NG/);
  });
});
