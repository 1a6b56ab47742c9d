// Controls the emulated GPU in a test. control.cpp is the other side.
import { loadKoffi, NativeLibrary } from '../../../packages/tfjs-backend-cuda/src/driver/native.js';

type Setting =
  | 'devices'
  | 'major'
  | 'minor'
  | 'driverVersion'
  | 'compilerVersion'
  | 'newestArchitecture'
  | 'memory';

const DEFAULTS: Record<Setting, number> = {
  devices: 1,
  major: 9,
  minor: 0,
  driverVersion: 13000,
  compilerVersion: 13000,
  newestArchitecture: 121,
  memory: 2 ** 30,
};

export interface EmulatedGpu {
  /** Path of the library, which is the driver and NVRTC in one. */
  readonly library: string;
  /** Sets the emulated GPU; missing settings return to their defaults. */
  set(settings?: Partial<Record<Setting, number>>): void;
  /** Makes a function return an error in the call after the next `after` calls. */
  fail(call: string, error: number, after?: number): void;
  /** The calls since the last query. */
  trace(): string[];
  /** Device allocations that are not freed. */
  allocations(): number;
  /** Offset of each field of ScanParams as the C++ compiler places it, and `size`. */
  scanParams(): Map<string, number>;
}

/** Opens the control of a built library. */
export async function controlEmulation(library: string): Promise<EmulatedGpu> {
  await loadKoffi();
  const native = await NativeLibrary.first('the emulated GPU', 'driver', [library], 'build it');
  const set = native.get<void>('emulationSet', 'void', ['str', 'int64']);
  const fail = native.get<void>('emulationFail', 'void', ['str', 'int', 'int']);
  const trace = native.get<string>('emulationTrace', 'str', []);
  const allocations = native.get<number>('emulationAllocations', 'int64', []);
  const scanParams = native.get<string>('emulationScanParams', 'str', []);
  const lines = (text: string): string[] => text.split('\n').filter(Boolean);
  return {
    library,
    set: (settings = {}) => {
      for (const [key, value] of Object.entries({ ...DEFAULTS, ...settings })) set(key, value);
    },
    fail: (call, error, after = 0) => fail(call, error, after),
    trace: () => lines(trace()),
    allocations: () => Number(allocations()),
    scanParams: () =>
      new Map(
        lines(scanParams()).map((line) => {
          const [name, value] = line.split('=');
          return [name!, Number(value)];
        }),
      ),
  };
}
