import { existsSync } from 'node:fs';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** Mesa's drivers come with Debian's chromium whether there is such a GPU or not: what tells is a device file. */
const GPU = '/dev/dri';
const NVIDIA = '/dev/nvidiactl';

/**
 * Names SwiftShader, which Debian's chromium brings, as the Vulkan driver: a GPU that computes on the CPU, for tests and tools on
 * machines that have no other. Must come before Dawn is loaded.
 */
export function nameSwiftShader(): void {
  const named = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'];
  const hardware = existsSync(GPU) || existsSync(NVIDIA);
  if (!named && !hardware && existsSync(DRIVER)) process.env['VK_ICD_FILENAMES'] = DRIVER;
}
