// The browser of the tests: the system's, if installed. None is downloaded.
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Path of a Chromium, or undefined, with a printed line about the skipped tests.
 *
 * @throws Error when REQUIRE_BACKENDS names webgpu, whose tests run in it too
 */
export function findChromium(): string | undefined {
  const found = [process.env['CHROMIUM_PATH'], ...PLACES].find((path) => path && existsSync(path));
  if (found) return found;
  const what = 'no Chromium was found; install it (Debian: apt-get install chromium) or set CHROMIUM_PATH';
  if ((process.env['REQUIRE_BACKENDS'] ?? '').split(',').includes('webgpu'))
    throw new Error(`REQUIRE_BACKENDS names webgpu, but ${what}.`);
  console.warn(`SKIPPED: tests in a browser, ${what}.`);
  return undefined;
}
