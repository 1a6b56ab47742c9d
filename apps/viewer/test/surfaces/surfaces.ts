// One model in the command line, the page's engine and the element: what they say of a picture must be the same, every field.
import type { RgbImage } from '@pyramid-mamba/data';
import { scoreOfLimit } from '@pyramid-mamba/runs';
import { expect } from 'vitest';
import { commands } from 'vitest/browser';
import { PyramidMambaInspector, type VerdictDetail } from '../../src/embed/element.js';
import { EngineClient } from '../../src/engine/client.js';
import type { Judgement } from '../../src/engine/engine.js';
import { png } from '../kit.js';
import type { Line } from '../predictCommand.js';

declare module 'vitest/browser' {
  interface BrowserCommands {
    predict(model: string, pictures: Record<string, string>, args: readonly string[]): Promise<Line[]>;
  }
}

export const pngFile = async (name: string, picture: RgbImage): Promise<File> =>
  new File([await png(picture)], name, { type: 'image/png' });

const base64 = async (file: Blob): Promise<string> => {
  let text = '';
  for (const byte of new Uint8Array(await file.arrayBuffer())) text += String.fromCharCode(byte);
  return btoa(text);
};

/** The line that the command line prints for a page's judgement. */
const lineOf = (judgement: Judgement): Line => {
  const { className, classSource, score, verdict, doubts, calibration, regions, width, height } = judgement;
  return {
    class: className,
    classSource,
    score,
    scoreOfLimit: scoreOfLimit(score, calibration),
    verdict,
    doubts,
    thresholds: calibration && { review: calibration.review, reject: calibration.reject },
    regions: calibration ? regions : null,
    width,
    height,
  };
};

/** All on WebAssembly, whose numbers do not depend on the machine. */
export class Surfaces {
  readonly engine = new EngineClient();
  readonly #element = new PyramidMambaInspector();
  #model = new Blob();

  async start(model: Blob): Promise<void> {
    this.#element.setAttribute('backend', 'wasm');
    await this.engine.start('wasm');
    document.body.append(this.#element);
    await this.load(model);
  }

  /** Opens another model everywhere. */
  async load(model: Blob): Promise<void> {
    this.#model = model;
    await this.engine.load(model, 'model.safetensors');
    this.#element.modelFile = model;
  }

  /**
   * The page's judgements by file name, after those of the command line and of the element were found to be the same.
   * @param given the product, where the pictures' own is not to be recognised
   */
  async judge(files: ReadonlyMap<string, File>, given?: string): Promise<Map<string, Judgement>> {
    const lines = await this.#byCommandLine(files, given === undefined ? [] : ['--class', given]);
    expect([...lines.keys()].sort()).toEqual([...files.keys()].sort());
    if (given === undefined) this.#element.removeAttribute('product');
    else this.#element.setAttribute('product', given);
    const judged = new Map<string, Judgement>();
    for (const [name, file] of files) {
      const page = await this.engine.judge(file, given === undefined ? {} : { className: given });
      const { name: named, ...shown } = await this.#byElement(file);
      expect(named).toBe(name);
      expect(lineOf(page), name).toEqual(lines.get(name));
      // time and the number of the opened model are not of the picture
      const { milliseconds: _, opening: __, ...own } = page;
      expect(shown, name).toMatchObject(own);
      judged.set(name, page);
    }
    return judged;
  }

  end(): void {
    this.engine.end();
    this.#element.remove();
  }

  async #byElement(file: File): Promise<VerdictDetail> {
    const said = new Promise<VerdictDetail>((resolve, reject) => {
      const once = { once: true };
      this.#element.addEventListener(
        'verdict',
        (event) => resolve((event as CustomEvent<VerdictDetail>).detail),
        once,
      );
      this.#element.addEventListener(
        'error',
        (event) => reject(new Error(String((event as unknown as CustomEvent).detail))),
        once,
      );
    });
    await this.#element.judge(file, file.name);
    return said;
  }

  async #byCommandLine(
    files: ReadonlyMap<string, File>,
    args: readonly string[],
  ): Promise<Map<string, Line>> {
    const pictures = await Promise.all(
      [...files].map(async ([name, file]) => [name, await base64(file)] as const),
    );
    const lines = await commands.predict(await base64(this.#model), Object.fromEntries(pictures), args);
    return new Map(
      lines.map(({ file, ...rest }) => [(file as string).split(/[\\/]/).at(-1)!, rest] as const),
    );
  }
}
