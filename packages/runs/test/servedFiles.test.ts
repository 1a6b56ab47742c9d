import { afterEach, vi } from 'vitest';
import { filesOf, servedFiles } from '../src/index.js';
import { readableFiles } from './conformance.js';

afterEach(() => vi.unstubAllGlobals());

readableFiles('files of a server', (contents) => {
  const base = new URL('http://localhost/runs/first/');
  vi.stubGlobal('fetch', (url: string) => {
    const path = decodeURIComponent(new URL(url).pathname.slice(base.pathname.length));
    const text = Object.hasOwn(contents, path) ? contents[path]! : undefined;
    return Promise.resolve(new Response(text ?? '', { status: text === undefined ? 404 : 200 }));
  });
  return Promise.resolve(filesOf(servedFiles(base, 'first')));
});
