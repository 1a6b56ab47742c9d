// On Linux WebGPU needs Vulkan: a loader and a driver. Looked for before Dawn is loaded, which complains on stderr without them.
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const LOADER = 'libvulkan.so.1';
const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
  '/lib64',
  '/lib',
];

const pathsOf = (variable: string): string[] => (process.env[variable] ?? '').split(':').filter(Boolean);

function drivers(): string[] {
  const data = process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  const folders = [data, '/etc', '/usr/local/etc', '/usr/local/share', '/usr/share'].map((folder) =>
    join(folder, 'vulkan', 'icd.d'),
  );
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.json')));
}

/** What this Linux machine lacks to run WebGPU, in words, or undefined where the usual places hold all that is needed. */
export function missingVulkan(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  if (![...pathsOf('LD_LIBRARY_PATH'), ...LIBRARIES].some((folder) => existsSync(join(folder, LOADER))))
    return `the Vulkan loader ${LOADER} is missing (Debian and Ubuntu: apt-get install libvulkan1)`;
  const named = [
    ...pathsOf('VK_DRIVER_FILES'),
    ...pathsOf('VK_ICD_FILENAMES'),
    ...pathsOf('VK_ADD_DRIVER_FILES'),
  ];
  if (named.length === 0 && drivers().length === 0)
    return "there is no Vulkan driver (NVIDIA: its own driver; AMD and Intel: Debian's mesa-vulkan-drivers)";
  return undefined;
}
