// On Linux WebGPU needs Vulkan: a loader and a driver. Checked before Dawn is loaded, because Dawn prints warnings to stderr without them.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder, listedFolders, namedFolder, plantedLibrary } from '../../../system/index.js';

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

const pathsOf = (variable: string): string[] => listedFolders(process.env[variable]);

function drivers(): string[] {
  const data = namedFolder(process.env['XDG_DATA_HOME']) ?? join(homeFolder(), '.local', 'share');
  const folders = [data, '/etc', '/usr/local/etc', '/usr/local/share', '/usr/share'].map((folder) =>
    join(folder, 'vulkan', 'icd.d'),
  );
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.json')));
}

/** Why Dawn must not be loaded: it would load the Vulkan loader from the working directory. undefined if it is safe. */
export function plantedVulkan(): string | undefined {
  const planted = process.platform === 'linux' ? plantedLibrary(LOADER) : undefined;
  return (
    planted &&
    `LD_LIBRARY_PATH has an empty or relative entry, so that ${planted} would be loaded as the Vulkan loader; take the entry out`
  );
}

/** A description of what this Linux machine lacks for WebGPU, or undefined if the usual folders hold everything. */
export function missingVulkan(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const planted = plantedVulkan();
  if (planted !== undefined) return planted;
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
