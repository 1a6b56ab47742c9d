import { registerBackend, removeBackend, findBackendFactory, setBackend, ready } from '@tensorflow/tfjs-core';
import { CheckedWebGpuBackend } from './backend.js';
import { WebGpuError } from './errors.js';
import { registerWebGpuKernels } from '../register.js';

export interface WebGpuOptions {
  /** Source of adapters. Default: the browser's `navigator.gpu`; in Node see `ssm-kernels/webgpu/node`. */
  gpu?: GPU;
  /** Allow software adapters (SwiftShader, llvmpipe). They are slower than the wasm backend. Default false. */
  allowSoftware?: boolean;
  /** 'default' uses the limits of every WebGPU device, to test them; 'adapter' uses the adapter's limits. */
  limits?: 'default' | 'adapter';
  /** Use subgroup operations if the adapter supports them. Default true. */
  subgroups?: boolean;
  powerPreference?: GPUPowerPreference;
}

/** The adapter in use. */
export interface WebGpuInfo {
  /** Readable name, e.g. "SwiftShader Device (Subzero), google swiftshader". */
  readonly name: string;
  /** A software adapter, which runs on the CPU. */
  readonly software: boolean;
  readonly subgroups: boolean;
  /** Bytes. */
  readonly maxBindingBytes: number;
  readonly maxBufferBytes: number;
}

/** Limits that a larger device may raise; the kernels need only the defaults. */
const RAISED = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

export function isSoftware(info: GPUAdapterInfo): boolean {
  return (
    info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render/i.test(
      `${info.vendor} ${info.architecture} ${info.device} ${info.description}`,
    )
  );
}

export function describeAdapter(info: GPUAdapterInfo): string {
  const words = [info.device, info.description, `${info.vendor} ${info.architecture}`.trim()];
  return words.filter((word) => word).join(', ') || 'unnamed adapter';
}

/**
 * Makes WebGPU the backend of tfjs: opens a device, registers `webgpu` with all kernels, and activates it. Calling it again
 * opens a new device, for instance after a loss; tensors of the old one are lost.
 *
 * @throws WebGpuError in one sentence when there is no adapter, or only a software one that was not allowed
 */
export async function startWebGpu(options: WebGpuOptions = {}): Promise<WebGpuInfo> {
  const gpu = options.gpu ?? (globalThis.navigator as (Navigator & { gpu?: GPU }) | undefined)?.gpu;
  if (!gpu)
    throw new WebGpuError(
      'internal',
      'webgpu: navigator.gpu is missing; use a browser with WebGPU on a page served over https or from localhost, ' +
        'or startWebGpuInNode() of ssm-kernels/webgpu/node.',
    );
  const adapter = await gpu.requestAdapter({
    powerPreference: options.powerPreference ?? 'high-performance',
  });
  if (!adapter)
    throw new WebGpuError(
      'internal',
      'webgpu: no adapter was found; the machine has no GPU that WebGPU can use, or its driver is missing.',
    );
  const { info } = adapter;
  const software = isSoftware(info);
  if (software && !options.allowSoftware)
    throw new WebGpuError(
      'internal',
      `webgpu: the only adapter, ${describeAdapter(info)}, is a software adapter and slower than the wasm backend; ` +
        'use wasm, or select this adapter by name.',
    );
  const subgroups = options.subgroups !== false && adapter.features.has('subgroups' as GPUFeatureName);
  const features: GPUFeatureName[] = [];
  if (adapter.features.has('timestamp-query')) features.push('timestamp-query');
  if (subgroups) features.push('subgroups' as GPUFeatureName);
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    ...(options.limits !== 'default' && {
      requiredLimits: Object.fromEntries(RAISED.map((name) => [name, adapter.limits[name]])),
    }),
  });
  const backend = new CheckedWebGpuBackend(device, info);
  if (findBackendFactory('webgpu')) removeBackend('webgpu');
  registerBackend('webgpu', () => backend, 3);
  registerWebGpuKernels();
  if (!(await setBackend('webgpu')))
    throw new WebGpuError('internal', 'webgpu: the backend failed to start.');
  await ready();
  return {
    name: describeAdapter(info),
    software,
    subgroups,
    maxBindingBytes: device.limits.maxStorageBufferBindingSize,
    maxBufferBytes: device.limits.maxBufferSize,
  };
}
