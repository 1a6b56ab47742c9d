// Which browser runs the tests of the page: TEST_BROWSER is chromium (default), firefox or webkit.
import { existsSync } from 'node:fs';
import { firefox, webkit, type LaunchOptions } from 'playwright';
import { findChromium } from './chromium.ts';

export interface TestBrowser {
  name: 'chromium' | 'firefox' | 'webkit';
  launchOptions: LaunchOptions;
}

/** SwiftShader computes WebGPU on the CPU; --disable-gpu would take its adapter away. */
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * The browser, or undefined, with a line that says what is left out, where there is no Chromium and none was asked for by name.
 *
 * @throws Error for an unknown name, and where the one asked for is not installed
 */
export function findTestBrowser(
  wanted: string | undefined = process.env['TEST_BROWSER'],
): TestBrowser | undefined {
  if (wanted === 'firefox' || wanted === 'webkit') {
    const executablePath = process.env['TEST_BROWSER_PATH'] ?? { firefox, webkit }[wanted].executablePath();
    if (!existsSync(executablePath))
      throw new Error(
        `TEST_BROWSER: ${wanted} was not found (${executablePath}); \`npx playwright install ${wanted}\` installs it.`,
      );
    return { name: wanted, launchOptions: { executablePath } };
  }
  if (wanted !== undefined && wanted !== '' && wanted !== 'chromium')
    throw new Error(`TEST_BROWSER: wanted chromium, firefox or webkit, got "${wanted}".`);
  const executablePath = findChromium();
  return executablePath === undefined
    ? undefined
    : { name: 'chromium', launchOptions: { executablePath, args: CHROMIUM_ARGS } };
}
