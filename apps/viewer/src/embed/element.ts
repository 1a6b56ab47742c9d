import type { BackendPreference, Judgement } from '../engine/engine.js';
import { scoreText } from '@pyramid-mamba/runs';
import { drawJudged } from '../picture/drawJudged.js';
import { sizeWithin } from '../picture/sizeWithin.js';
import { openInspector, type Inspector } from './inspector.js';
import { styles } from './style.js';

/** The `detail` of the event `verdict`. */
export type VerdictDetail = Judgement & { readonly name: string };

/** Longest side of the shown picture, in pixels. */
const SHOWN_SIDE = 1024;

/**
 * `<pyramid-mamba-inspector>`: shows a picture with its heat map and verdict; others are judged by dropping or selecting
 * them. Attributes: `model` (URL of a model file), `src` (URL of a picture), `product` (class to judge by), `backend`
 * (auto, webgpu or wasm). Events: `verdict` (detail: the judgement), `error` (detail: a sentence).
 */
export class PyramidMambaInspector extends HTMLElement {
  static readonly observedAttributes = ['model', 'src', 'product', 'backend'];

  #inspector: Promise<Inspector> | undefined;
  #file: Blob | null = null;
  #last: { name: string; file: Blob } | undefined;
  #turn = 0;
  readonly #canvas = document.createElement('canvas');
  readonly #line = document.createElement('output');
  readonly #input = document.createElement('input');

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [styles()];
    const stage = document.createElement('div');
    stage.className = 'stage';
    this.#canvas.setAttribute('role', 'img');
    this.#canvas.setAttribute('aria-label', 'No picture yet');
    stage.append(this.#canvas);
    const bar = document.createElement('div');
    bar.className = 'bar';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Picture …';
    button.addEventListener('click', () => this.#input.click());
    this.#input.type = 'file';
    this.#input.accept = 'image/*';
    this.#input.hidden = true;
    this.#input.addEventListener('change', () => void this.#take(this.#input.files?.[0]));
    this.#line.textContent = 'Drop a picture here.';
    bar.append(this.#line, button, this.#input);
    root.append(stage, bar);
    this.addEventListener('dragover', (event) => {
      event.preventDefault();
      this.toggleAttribute('over', true);
    });
    this.addEventListener('dragleave', () => this.toggleAttribute('over', false));
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      this.toggleAttribute('over', false);
      void this.#take(event.dataTransfer?.files[0]);
    });
  }

  connectedCallback(): void {
    void this.#show();
  }

  disconnectedCallback(): void {
    this.#close();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.isConnected) return;
    if (name === 'model' || name === 'backend') this.#close();
    if (name === 'src') {
      this.#last = undefined;
      if (now === null) this.#begin('Drop a picture here.');
      else void this.#show();
    } else this.#again();
  }

  /** Judges the last picture again with the current model and product. */
  #again(): void {
    if (this.#last) void this.judge(this.#last.file, this.#last.name);
    else void this.#show();
  }

  /** A model as a file instead of the URL in `model`: the last picture is judged by it. */
  set modelFile(file: Blob | null) {
    this.#close();
    this.#file = file;
    this.#again();
  }

  get modelFile(): Blob | null {
    return this.#file;
  }

  /** Judges a picture and shows it; resolves to undefined on failure, which the element shows and the event `error` reports. */
  async judge(file: Blob, name = 'the picture'): Promise<Judgement | undefined> {
    return this.#judge(file, name, this.#begin(`Judging ${name} …`));
  }

  async #judge(file: Blob, name: string, turn: number): Promise<Judgement | undefined> {
    this.#last = { name, file };
    try {
      const inspector = await this.#opened();
      const product = this.getAttribute('product');
      const judgement = await inspector.judge(file, {
        name,
        ...(product === null ? {} : { className: product }),
      });
      const picture = await createImageBitmap(file, sizeWithin(SHOWN_SIDE, judgement));
      // stale: a newer picture or another model has replaced this one; neither draw nor report it
      if (turn === this.#turn) this.#present(picture, name, judgement);
      picture.close();
      return judgement;
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
      return undefined;
    }
  }

  /** Starts a long operation: clears what was shown, and invalidates pending results. */
  #begin(line: string): number {
    this.#clear();
    this.#say(line);
    return ++this.#turn;
  }

  /** Shows picture, map and verdict at the same time. */
  #present(picture: ImageBitmap, name: string, judgement: Judgement): void {
    const { verdict, score, className, doubts, calibration } = judgement;
    const text = scoreText(score, calibration);
    drawJudged(this.#canvas, picture, judgement, 0.8);
    this.#canvas.setAttribute('aria-label', `${name} with its heat map: ${verdict ?? 'no verdict'}, ${text}`);
    const parts = [verdict ?? 'no verdict', className, text, ...doubts];
    this.#say(parts.join(' · '), verdict ?? '');
    this.#line.title = `score ${score}`;
    const detail: VerdictDetail = { ...judgement, name };
    this.dispatchEvent(new CustomEvent('verdict', { detail, bubbles: true, composed: true }));
  }

  #opened(): Promise<Inspector> {
    if (!this.#inspector) {
      const model = this.#file ?? this.getAttribute('model');
      if (model === null)
        return Promise.reject(new Error('no model: the attribute "model" must name a file'));
      const backend = (this.getAttribute('backend') ?? 'auto') as BackendPreference;
      const opening = openInspector(model, { backend });
      this.#inspector = opening;
      // retry a failed model with the next picture
      opening.catch(() => {
        if (this.#inspector === opening) this.#inspector = undefined;
      });
    }
    return this.#inspector;
  }

  async #show(): Promise<void> {
    const src = this.getAttribute('src');
    if (src === null) return;
    const turn = this.#begin(`Fetching ${src} …`);
    try {
      const url = new URL(src, document.baseURI);
      const answer = await fetch(url);
      if (!answer.ok)
        throw new Error(`${url.href} cannot be fetched: the server responded with ${answer.status}`);
      const file = await answer.blob();
      // a picture dropped meanwhile, or another URL, is newer
      if (turn !== this.#turn) return;
      await this.#judge(file, decodeURIComponent(url.pathname.split('/').at(-1)!), turn);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  async #take(file: File | undefined): Promise<void> {
    if (file) await this.judge(file, file.name);
  }

  #clear(): void {
    this.#canvas.width = 0;
    this.#canvas.setAttribute('aria-label', 'No picture yet');
  }

  #fail(error: unknown): void {
    const sentence = error instanceof Error ? error.message : String(error);
    this.#clear();
    this.#say(sentence, 'fault');
    this.dispatchEvent(new CustomEvent('error', { detail: sentence }));
  }

  #say(text: string, kind = ''): void {
    this.#line.textContent = text;
    this.#line.className = kind;
    this.#line.removeAttribute('title');
  }

  /** Terminates the worker. A pending judgement is not shown any more. */
  #close(): void {
    this.#turn++;
    void this.#inspector?.then(
      (inspector) => inspector.close(),
      () => undefined,
    );
    this.#inspector = undefined;
  }
}

if (!customElements.get('pyramid-mamba-inspector')) {
  customElements.define('pyramid-mamba-inspector', PyramidMambaInspector);
}
