import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RunError } from '@pyramid-mamba/runs';
import { openRegular, placeInside } from '@pyramid-mamba/runs/node';

/** Sends a file of any size in chunks. */
const MOST = Number.MAX_SAFE_INTEGER;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'application/jsonl; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/**
 * Responds with a file of a folder, 304 if the browser has it already, 404 if there is none; pipes, folders and links to the outside
 * also give 404. Rejects if the file cannot be read to its end.
 *
 * @param path relative to the folder, decoded, parts joined by `/`
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  folder: string,
  path: string,
): Promise<void> {
  const file = await found(folder, path);
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  try {
    const tag = `W/"${file.size.toString(36)}-${Math.round(file.changed).toString(36)}"`;
    response.setHeader('ETag', tag);
    response.setHeader('Cache-Control', 'no-cache');
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304).end();
      return;
    }
    response.setHeader('Content-Type', TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream');
    response.setHeader('Content-Length', file.size);
    response.writeHead(200);
    if (request.method === 'HEAD' || file.size === 0) response.end();
    else {
      // no more than the announced length, in case the file grows
      const content = file.handle.createReadStream({ start: 0, end: file.size - 1, autoClose: false });
      await pipeline(content, response);
    }
  } finally {
    await file.handle.close();
  }
}

async function found(folder: string, path: string) {
  try {
    const place = await placeInside(folder, path);
    return place === undefined ? undefined : await openRegular(place, MOST);
  } catch (error) {
    if (error instanceof RunError) return undefined;
    throw error;
  }
}
