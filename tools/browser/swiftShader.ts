import { existsSync } from 'node:fs';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Debian's chromium installs Mesa's drivers even without such a GPU; a device file shows whether there is one. */
const GPU = '/dev/dri';
const NVIDIA = '/dev/nvidiactl';

/**
 * Sets SwiftShader, which Debian's chromium includes, as the Vulkan driver: a software GPU for tests and tools on machines
 * without another one. Call it before Dawn is loaded.
 */
export function nameSwiftShader(): void {
  const named = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'];
  const hardware = existsSync(GPU) || existsSync(NVIDIA);
  if (!named && !hardware && existsSync(DRIVER)) process.env['VK_ICD_FILENAMES'] = DRIVER;
}
