// The built page on a plain static host, in the system's Chromium.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import sirv from 'sirv';
import { build } from 'vite';
import { findChromium } from '../../../../tools/browser/chromium.js';
import { onceARun } from '../../../../tools/testRun/once.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** The page's folder on the host: not the root, as on many static hosts. */
const FOLDER = '/some/folder/';

export const executablePath = findChromium();

export interface OpenOptions {
  /** Permissions granted to the page, e.g. `camera`. */
  readonly permissions?: string[];
  /** File dialogues of the browser's window that it lacks, as Firefox and Safari do: the page then asks with inputs. */
  readonly without?: ('showDirectoryPicker' | 'showSaveFilePicker')[];
}

export interface Site {
  readonly browser: Browser;
  /** The built page's files, as they are served. */
  readonly files: string;
  /** URL of the page with a suffix. */
  at(rest?: string): string;
  /** Opens the page; every error and policy violation that its console tells, and every dialogue, goes to `faults`. */
  open(
    rest?: string,
    options?: OpenOptions,
  ): Promise<{ page: Page; faults: string[]; requests: URL[]; scriptBytes: () => number }>;
  close(): Promise<void>;
}

/** The page, built once a test run. */
export const builtPage = (): Promise<string> =>
  onceARun('page', (outDir) => build({ root, logLevel: 'error', build: { outDir, emptyOutDir: true } }));

/** Headers with which a page may share memory between threads. */
export const ISOLATING = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
} as const;

/** Builds the page, serves a copy of it compressed as hosts do, and starts the browser. @param headers that the host sends with each file; a plain one sends none */
export async function startSite(headers: Readonly<Record<string, string>> = {}): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'pm-viewer-'));
  cpSync(await builtPage(), folder, { recursive: true });
  const files = sirv(folder, { dev: true });
  const server = createServer((request, response) => {
    if (!request.url?.startsWith(FOLDER)) return void response.writeHead(404).end();
    request.url = request.url.slice(FOLDER.length - 1);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    files(request, response, () => void response.writeHead(404).end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const at = (rest = '') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${FOLDER}${rest}`;
  const browser = await chromium.launch({
    executablePath: executablePath!,
    args: [
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      // a camera with a synthetic picture, for pages with permission
      '--use-fake-device-for-media-stream',
    ],
  });
  return {
    browser,
    files: folder,
    at,
    async open(rest, { permissions = [], without = [] } = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 720 },
        reducedMotion: 'reduce',
        permissions,
      });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      await page.addInitScript((names) => {
        for (const name of names) Reflect.deleteProperty(globalThis, name);
        // Chromium's console does not report what a library only tests
        addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
          console.error(`the policy ${violatedDirective} forbids ${blockedURI}`),
        );
      }, without);
      const faults: string[] = [];
      const requests: URL[] = [];
      const scripts: Buffer[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
      page.on('dialog', (dialog) => {
        // the browser's own question before judged pictures are left
        if (dialog.type() === 'beforeunload') return void dialog.accept();
        faults.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('request', (request) => requests.push(new URL(request.url())));
      page.on('response', (response) => {
        if (/javascript/.test(response.headers()['content-type'] ?? ''))
          void response.body().then(
            (body) => scripts.push(body),
            () => undefined,
          );
      });
      await page.goto(at(rest));
      return {
        page,
        faults,
        requests,
        scriptBytes: () => scripts.reduce((sum, body) => sum + gzipSync(body).length, 0),
      };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
