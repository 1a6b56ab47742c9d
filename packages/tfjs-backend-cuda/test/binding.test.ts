// The binding of driver and compiler: discovery, memory, streams, the cache of compiled kernels, and every error as a sentence.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CudaError, listCudaDevices, openCuda, type CudaOptions } from '../src/index.js';
import { cacheFolder } from '../src/device/imageCache.js';
import { cublasCompanions, libraryCandidates, sitePackages } from '../src/driver/libraries.js';
import { onEmulatedGpu } from '../../../tools/cuda/emulation/suite.js';
import { BACKEND } from '../src/kernels.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pyramid-mamba-cuda-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('search paths of NVRTC:', () => {
  const put = (...path: string[]): string => {
    const file = join(folder, ...path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '');
    return file;
  };

  test('CUDA_HOME comes first, then LD_LIBRARY_PATH, then the loader, then Python packages; newer before older', () => {
    const toolkit = put('toolkit', 'lib64', 'libnvrtc.so.12');
    const newer = put('toolkit', 'lib64', 'libnvrtc.so.13');
    put('toolkit', 'lib64', 'libnvrtc-builtins.so.13.0');
    put('toolkit', 'lib64', 'libnvrtc.alt.so.13');
    const onPath = put('libraries', 'libnvrtc.so.11.2');
    const packages = join('env', 'lib', 'python3.12', 'site-packages');
    const wheel = put(packages, 'nvidia', 'cu13', 'lib', 'libnvrtc.so.13');
    const older = put(packages, 'nvidia', 'cuda_nvrtc', 'lib', 'libnvrtc.so.12');
    const env = {
      CUDA_HOME: join(folder, 'toolkit'),
      LD_LIBRARY_PATH: `${join(folder, 'libraries')}${delimiter}/nowhere`,
      VIRTUAL_ENV: join(folder, 'env'),
    };
    const found = libraryCandidates('nvrtc', undefined, env, join(folder, 'home'));
    expect(found.slice(0, 7)).toEqual([
      newer,
      toolkit,
      onPath,
      'libnvrtc.so.13',
      'libnvrtc.so.12',
      'libnvrtc.so.11.2',
      'libnvrtc.so',
    ]);
    expect(found.filter((path) => path.startsWith(folder))).toEqual([newer, toolkit, onPath, wheel, older]);
    const before13 = libraryCandidates('nvrtc', 12, env, join(folder, 'home'));
    expect(before13.slice(0, 3)).toEqual([toolkit, onPath, 'libnvrtc.so.12']);
    expect(before13.slice(-3).sort()).toEqual([newer, wheel, 'libnvrtc.so.13'].sort());
  });

  test('cuBLAS is searched for on the same paths, and libraries of similar name are ignored', () => {
    const packages = join('blas', 'lib', 'python3.12', 'site-packages', 'nvidia');
    const wheel = put(packages, 'cublas', 'lib', 'libcublas.so.12');
    const beside = put(packages, 'cublas', 'lib', 'libcublasLt.so.12');
    put(packages, 'cublas', 'lib', 'libcublasLt.so.13');
    put(packages, 'cublas', 'lib', 'libnvblas.so.12');
    const found = libraryCandidates(
      'cublas',
      undefined,
      { VIRTUAL_ENV: join(folder, 'blas') },
      join(folder, 'home'),
    );
    expect(found.slice(0, 2)).toEqual(['libcublas.so.13', 'libcublas.so.12']);
    expect(found.filter((path) => path.startsWith(folder))).toEqual([wheel]);
    expect(cublasCompanions(wheel)).toEqual([beside]);
    expect(cublasCompanions('libcublas.so.12')).toEqual([]);
  });

  test('the packages of the python on PATH, of its environment, of pyenv and of the home are found without running it', () => {
    const packages = [
      'system',
      'env',
      join('home', '.pyenv', 'versions', '3.11.7'),
      join('home', '.local'),
    ].map((prefix) => {
      const path = join(folder, prefix, 'lib', 'python3.11', 'site-packages');
      mkdirSync(path, { recursive: true });
      return path;
    });
    put('system', 'bin', 'python3');
    mkdirSync(join(folder, 'env', 'bin'));
    symlinkSync(join(folder, 'system', 'bin', 'python3'), join(folder, 'env', 'bin', 'python3'));
    const found = sitePackages({ PATH: join(folder, 'env', 'bin') }, join(folder, 'home'));
    expect(found.filter((path) => path.startsWith(folder)).sort()).toEqual(packages.sort());
  });

  test('compiled kernels are cached under XDG_CACHE_HOME if it is set', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/caches' })).toBe(join('/caches', 'pyramid-mamba', 'cuda'));
    expect(cacheFolder({})).toMatch(/\.cache.pyramid-mamba.cuda$/);
  });
});

test('if koffi does not load, the error says what to install', async () => {
  vi.resetModules();
  vi.doMock('koffi', () => {
    throw new Error("Cannot find package 'koffi'");
  });
  try {
    const { openCuda: open } = await import('../../ssm-kernels/src/backends/cuda/index.js');
    await expect(open({ driver: '/nowhere' })).rejects.toThrow(
      /^cuda: the npm package "koffi", which calls the driver, does not load on .*; install it again with `npm install koffi@\d+\.\d+\.\d+`\.$/,
    );
  } finally {
    vi.doUnmock('koffi');
    vi.resetModules();
  }
});

await onEmulatedGpu((gpu) => {
  const open = (options: CudaOptions = {}): ReturnType<typeof openCuda> =>
    openCuda({ driver: gpu.library, compiler: gpu.library, cache: null, ...options }, [BACKEND]);

  /** The error with which a promise rejects. */
  async function failureOf(promise: Promise<unknown>): Promise<CudaError> {
    const error = await promise.then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(CudaError);
    return error as CudaError;
  }

  /** All driver resources are released after each test. */
  afterEach(() => {
    gpu.trace();
    expect(gpu.allocations()).toBe(0);
  });

  describe('opening a GPU:', () => {
    test('devices are listed with name, architecture and sizes', async () => {
      gpu.set({ devices: 2, major: 7, minor: 5, memory: 2 ** 28 });
      const devices = await listCudaDevices({ driver: gpu.library });
      expect(devices).toHaveLength(2);
      expect(devices[1]).toEqual({
        device: 1,
        name: 'Emulated GPU 1',
        architecture: 75,
        memoryBytes: 2 ** 28,
        multiprocessors: 4,
        sharedBytes: 200 * 1024,
        clockKhz: 1_000_000,
        memoryClockKhz: 500_000,
        memoryBusBits: 128,
      });
    });

    test('no driver, no GPU, and no GPU of that number are errors that say what to do', async () => {
      const missing = await failureOf(open({ driver: '/nowhere/libcuda.so.1' }));
      expect(missing.failure).toBe('driver');
      expect(missing.message).toBe(
        "cuda: NVIDIA's driver was not found (tried /nowhere/libcuda.so.1); install the driver of your GPU (nvidia-smi must work), " +
          'or use the webgpu or wasm backend.',
      );
      gpu.set({ devices: 0 });
      const none = await failureOf(open());
      expect(none.failure).toBe('driver');
      expect(none.message).toMatch(/finds no GPU \(CUDA_ERROR_NO_DEVICE\); check that nvidia-smi lists one/);
      gpu.set();
      expect((await failureOf(open({ device: 1 }))).message).toBe(
        'cuda: there is no GPU number 1; the driver finds 1, counted from 0.',
      );
    });

    test('a library that is not a driver has another error than a missing one', async () => {
      const file = join(folder, 'libcuda.so.1');
      writeFileSync(file, 'not a library');
      const error = await failureOf(open({ driver: file }));
      expect(error.message).toMatch(
        /was not found \(.*libcuda\.so\.1: .*(invalid ELF header|file too short)/,
      );
    });

    test('a missing NVRTC and a compile error are errors; the context is released', async () => {
      const missing = await failureOf(open({ compiler: '/nowhere/libnvrtc.so.13' }));
      expect(missing.failure).toBe('compiler');
      expect(missing.message).toMatch(
        /NVRTC\) was not found \(tried \/nowhere\/libnvrtc\.so\.13\); install it with pip install nvidia-cuda-nvrtc-cu12/,
      );
      expect(gpu.trace().at(-1)).toBe('cuDevicePrimaryCtxRelease_v2');
      gpu.fail('nvrtcCompileProgram', 6);
      expect((await failureOf(open())).message).toBe(
        'cuda: NVRTC 13.0 failed to compile backend.cu for sm_90 (error 6): kernel.cu(1): error: planned by a test',
      );
    });

    test('a GPU newer than the compiler gets PTX of the newest supported architecture', async () => {
      gpu.set({ major: 12, minor: 0 });
      const device = await open();
      expect(device.target).toBe('compute_90');
      expect(gpu.trace().find((line) => line.startsWith('nvrtcCompileProgram'))).toBe(
        'nvrtcCompileProgram --gpu-architecture=compute_90 --std=c++17 --ftz=true',
      );
      device.close();
    });

    test('a GPU older than the compiler supports, and a driver older than its PTX, are errors', async () => {
      gpu.set({ major: 6, minor: 1 });
      const old = await failureOf(open());
      expect(old.failure).toBe('architecture');
      expect(old.message).toMatch(
        /^cuda: this GPU has compute capability 6\.1, and NVRTC 13\.0 \(.*\) compiles for 7\.5 and newer; install an older one/,
      );
      gpu.set({ major: 12, minor: 0, driverVersion: 12000 });
      const driver = await failureOf(open());
      expect(driver.failure).toBe('architecture');
      expect(driver.message).toMatch(
        /CUDA_ERROR_UNSUPPORTED_PTX_VERSION; update the NVIDIA driver, or install an NVRTC/,
      );
    });
  });

  describe('compiled kernels on disk:', () => {
    const compiled = (): number =>
      gpu.trace().filter((line) => line.startsWith('nvrtcCompileProgram')).length;
    const openAndClose = async (cache: string, options: CudaOptions = {}): Promise<void> => {
      const device = await open({ cache, ...options });
      device.close();
    };

    test('are compiled once, then loaded without NVRTC', async () => {
      gpu.trace();
      const cache = join(folder, 'made', 'for it');
      await openAndClose(cache);
      expect(compiled()).toBe(1);
      expect(readdirSync(cache)).toEqual([expect.stringMatching(/^backend-sm_90-[0-9a-f]{24}$/)]);
      await openAndClose(cache, { compiler: '/nowhere' });
      expect(compiled()).toBe(0);
    });

    test('are cached per architecture', async () => {
      await openAndClose(folder);
      gpu.set({ major: 8, minor: 0 });
      gpu.trace();
      await openAndClose(folder);
      expect(compiled()).toBe(1);
      expect(readdirSync(folder)).toHaveLength(2);
    });

    test('are recompiled if the file is damaged or the driver rejects it', async () => {
      await openAndClose(folder);
      const file = join(folder, readdirSync(folder)[0]!);
      const whole = readFileSync(file);
      for (const damaged of [
        whole.subarray(0, whole.length - 3),
        Buffer.from(whole).fill(120, 95, 96),
        Buffer.alloc(0),
      ]) {
        writeFileSync(file, damaged);
        gpu.trace();
        await openAndClose(folder);
        expect(compiled()).toBe(1);
        expect(readFileSync(file)).toEqual(whole);
      }
      gpu.fail('cuModuleLoadData', 200);
      gpu.trace();
      await openAndClose(folder);
      expect(compiled()).toBe(1);
    });

    test('that cannot be cached are compiled every time', async () => {
      const file = join(folder, 'a file');
      writeFileSync(file, '');
      gpu.trace();
      await openAndClose(file);
      await openAndClose(file);
      expect(compiled()).toBe(2);
    });
  });

  describe('memory and streams:', () => {
    test('data are copied to the device and back, through ordinary and pinned arrays', async () => {
      const device = await open();
      const values = Float32Array.from({ length: 1000 }, (_, i) => i / 7);
      const array = device.upload(values);
      expect(await device.download(array)).toEqual(values);
      const stream = device.createStream();
      const pinned = device.allocatePinned(1000);
      const copy = device.allocate(1000);
      pinned.values.set(values.map((x) => -x));
      stream.upload(pinned, copy);
      stream.copy(copy, array);
      await stream.finished();
      pinned.values.fill(0);
      stream.download(array, pinned);
      stream.synchronize();
      expect(pinned.values).toEqual(values.map((x) => -x));
      const { free, total } = device.memory();
      expect(total - free).toBe(8000);
      device.close();
    });

    test('a copy from pinned memory runs when the stream reaches it, one from an ordinary array at once', async () => {
      const device = await open();
      const [pinned, ordinary] = [device.allocatePinned(1), Float32Array.of(1)];
      const arrays = [device.allocate(1), device.allocate(1)] as const;
      pinned.values[0] = 1;
      device.stream.upload(pinned, arrays[0]);
      device.stream.upload(ordinary, arrays[1]);
      pinned.values[0] = ordinary[0] = 2;
      expect([...(await device.download(arrays[0])), ...(await device.download(arrays[1]))]).toEqual([2, 1]);
      device.close();
    });

    test('a stream measures the time of its work', async () => {
      const device = await open();
      const array = device.allocate(4);
      const milliseconds = await device.stream.timed(() => device.stream.upload(new Float32Array(4), array));
      expect(milliseconds).toBeGreaterThanOrEqual(0);
      expect(milliseconds).toBeLessThan(1000);
      device.close();
    });

    test('out of memory is an error with sizes, and allocated memory is released', async () => {
      gpu.set({ memory: 400_000 });
      const device = await open();
      const held = device.allocate(50_000);
      const error = await failureOf(Promise.resolve().then(() => device.allocate(100_000)));
      held.free();
      expect(error.failure).toBe('memory');
      expect(error.message).toMatch(
        /^cuda: \d+ bytes could not be allocated on Emulated GPU 0, which has \d+ bytes of 400000 bytes free; use a smaller batch/,
      );
      expect(gpu.allocations()).toBe(0);
      gpu.fail('cuMemHostAlloc', 2);
      expect(() => device.allocatePinned(3)).toThrow(/12 bytes of pinned host memory could not be allocated/);
      device.close();
    });

    test('using a closed or freed object is an error; closing and freeing twice does nothing', async () => {
      const device = await open();
      const array = device.allocate(2);
      const stream = device.createStream();
      array.free();
      array.free();
      expect(() => array.address).toThrow('cuda: a device array was used after being freed.');
      stream.close();
      stream.close();
      expect(() => stream.synchronize()).toThrow('cuda: a stream was used after being closed.');
      expect(() => device.stream.upload(new Float32Array(3), device.allocate(2))).toThrow(
        'cuda: upload: the host array has 3 numbers, the device array 2; the lengths must be equal.',
      );
      expect(() => device.allocate(0)).toThrow('cuda: an array must have at least one number, got 0.');
      gpu.trace();
      device.close();
      device.close();
      const calls = gpu.trace();
      expect(calls.filter((line) => line === 'cuDevicePrimaryCtxRelease_v2')).toHaveLength(1);
      expect(calls).toContain('cuModuleUnload');
      expect(() => device.memory()).toThrow('cuda: Emulated GPU 0 was used after being closed.');
    });

    test('a GPU failure rejects pending waits, and the error says to start the process again', async () => {
      const device = await open();
      gpu.fail('cuStreamQuery', 700);
      const error = await failureOf(device.stream.finished());
      expect(error.failure).toBe('device');
      expect(error.message).toMatch(
        /^cuda: cuStreamQuery failed with CUDA_ERROR_ILLEGAL_ADDRESS; the GPU cannot be used any more/,
      );
      device.close();
    });
  });
});
