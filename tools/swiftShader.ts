import { existsSync, readdirSync } from 'node:fs';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const DRIVERS = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/**
 * Names SwiftShader, which Debian's chromium brings, as the Vulkan driver: a GPU that computes on the CPU, for tests and tools on
 * machines that have no other. Must come before Dawn is loaded.
 */
export function nameSwiftShader(): void {
  const named = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'];
  const others = DRIVERS.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  if (!named && !others && existsSync(DRIVER)) process.env['VK_ICD_FILENAMES'] = DRIVER;
}
