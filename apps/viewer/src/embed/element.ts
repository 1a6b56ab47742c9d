import type { BackendPreference, Judgement } from '../engine/engine.js';
import { scaleOf } from '../picture/heatScale.js';
import { colorTable } from '../picture/colorMaps.js';
import { heatPixels } from '../picture/heat.js';
import { openInspector, type Inspector } from './inspector.js';
import { styles } from './style.js';

/** What the event `verdict` carries in `detail`. */
export type VerdictDetail = Judgement & { readonly name: string };

/** Longest side of the shown picture, in pixels. */
const SHOWN_SIDE = 1024;

/**
 * `<pyramid-mamba-inspector>`: shows a picture with its heat map and verdict; another is judged by dropping it, or by choosing
 * one. Attributes: `model` (address of a model file), `src` (address of a picture), `product` (class to judge by), `backend`
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
    if (name === 'src') void this.#show();
    else if (this.#last) void this.judge(this.#last.file, this.#last.name);
    else void this.#show();
  }

  /** A model as a file in place of the address in `model`: the last picture is judged by it. */
  set modelFile(file: Blob | null) {
    this.#close();
    this.#file = file;
    if (this.#last) void this.judge(this.#last.file, this.#last.name);
    else void this.#show();
  }

  get modelFile(): Blob | null {
    return this.#file;
  }

  /** Judges a picture and shows it; resolves to undefined where that failed, which the element shows and the event `error` says. */
  async judge(file: Blob, name = 'the picture'): Promise<Judgement | undefined> {
    this.#last = { name, file };
    const turn = ++this.#turn;
    this.#say('Judging …');
    try {
      const inspector = await this.#opened();
      const product = this.getAttribute('product');
      const judgement = await inspector.judge(file, {
        name,
        ...(product === null ? {} : { className: product }),
      });
      // a newer picture has come meanwhile
      if (turn !== this.#turn) return judgement;
      await this.#draw(file, name, judgement);
      const { verdict, score, className } = judgement;
      this.#say(`${verdict ?? 'no thresholds'} · ${className} · score ${score.toFixed(4)}`, verdict ?? '');
      const detail: VerdictDetail = { ...judgement, name };
      this.dispatchEvent(new CustomEvent('verdict', { detail, bubbles: true, composed: true }));
      return judgement;
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
      return undefined;
    }
  }

  #opened(): Promise<Inspector> {
    if (!this.#inspector) {
      const model = this.#file ?? this.getAttribute('model');
      if (model === null)
        return Promise.reject(new Error('no model: the attribute "model" must name a file'));
      const backend = (this.getAttribute('backend') ?? 'auto') as BackendPreference;
      const opening = openInspector(model, { backend });
      this.#inspector = opening;
      // a model that was refused is asked for again with the next picture
      opening.catch(() => {
        if (this.#inspector === opening) this.#inspector = undefined;
      });
    }
    return this.#inspector;
  }

  async #show(): Promise<void> {
    const src = this.getAttribute('src');
    if (src === null) return;
    try {
      const url = new URL(src, document.baseURI);
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url.href} cannot be fetched: the server says ${answer.status}`);
      if (this.getAttribute('src') !== src) return;
      await this.judge(await answer.blob(), decodeURIComponent(url.pathname.split('/').at(-1)!));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #take(file: File | undefined): Promise<void> {
    if (file) await this.judge(file, file.name);
  }

  async #draw(
    file: Blob,
    name: string,
    { map, size, width, height, calibration, score, verdict }: Judgement,
  ) {
    const factor = Math.min(1, SHOWN_SIDE / Math.max(width, height));
    const pixels = heatPixels(map, scaleOf(calibration, map), colorTable('inferno'), 0.8, false);
    const [picture, heat] = await Promise.all([
      createImageBitmap(file, {
        resizeWidth: Math.max(1, Math.round(width * factor)),
        resizeHeight: Math.max(1, Math.round(height * factor)),
      }),
      createImageBitmap(new ImageData(pixels, size, size)),
    ]);
    this.#canvas.width = picture.width;
    this.#canvas.height = picture.height;
    const context = this.#canvas.getContext('2d')!;
    context.drawImage(picture, 0, 0);
    context.drawImage(heat, 0, 0, picture.width, picture.height);
    picture.close();
    heat.close();
    this.#canvas.setAttribute(
      'aria-label',
      `${name} with its heat map: ${verdict ?? 'no verdict'}, score ${score.toFixed(4)}`,
    );
  }

  #fail(error: unknown): void {
    const sentence = error instanceof Error ? error.message : String(error);
    this.#say(sentence, 'fault');
    this.dispatchEvent(new CustomEvent('error', { detail: sentence }));
  }

  #say(text: string, kind = ''): void {
    this.#line.textContent = text;
    this.#line.className = kind;
  }

  #close(): void {
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
