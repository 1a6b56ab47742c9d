// Runs our kernels on tfjs's WebGPU backend: on its device, in its command encoder, on its buffers.
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { util, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import { shaders } from '../generated/shaders.js';

/** The slice of tfjs-backend-webgpu that the kernels use; part of it is private there. */
export interface WebGpuBackend extends Pick<
  WebGPUBackend,
  | 'bufferManager'
  | 'device'
  | 'disposeData'
  | 'endComputePassEncoder'
  | 'ensureCommandEncoderReady'
  | 'makeTensorInfo'
  | 'queue'
  | 'submitQueue'
  | 'tensorMap'
  | 'uploadToGPU'
> {
  readonly activeTimers?: unknown[];
  commandEncoder: GPUCommandEncoder;
  computePassEncoder: GPUComputePassEncoder | null;
  readonly commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  readonly uniformPendingDisposal: GPUBuffer[];
}

export type ShaderName = keyof typeof shaders;

const BYTES = 4;
/** Bindings start at multiples of this many bytes on every device. */
const ALIGNMENT = 256;
/** Number of dispatches recorded before they are submitted. */
const SUBMIT_AFTER = 64;

interface DeviceCache {
  readonly modules: Map<string, GPUShaderModule>;
  readonly pipelines: Map<string, GPUComputePipeline>;
}

const caches = new WeakMap<GPUDevice, DeviceCache>();

function cacheOf(device: GPUDevice): DeviceCache {
  let cache = caches.get(device);
  if (!cache) caches.set(device, (cache = { modules: new Map(), pipelines: new Map() }));
  return cache;
}

/** An entry point of a shader with the values of its override constants. */
export interface Program {
  readonly shader: ShaderName;
  readonly entry: string;
  readonly constants?: Readonly<Record<string, number>>;
  /** Changes the source before it is compiled; `variant` names the change in the cache. */
  readonly variant?: { readonly name: string; readonly source: (wgsl: string) => string };
}

/** A part of a tensor's buffer: `count` elements from `first` on. Default: the whole tensor. */
export interface Part {
  readonly tensor: TensorInfo;
  readonly first?: number;
  readonly count?: number;
}

export type Workgroups = readonly [number, number?, number?];

/** A bound part: what to bind, and the offset of its first element, since bindings start at multiples of 256 bytes. */
interface Bound {
  readonly resource: GPUBufferBinding;
  readonly offset: number;
}

function bind(backend: WebGpuBackend, { tensor, first = 0, count }: Part): Bound {
  backend.uploadToGPU(tensor.dataId);
  const buffer = backend.tensorMap.get(tensor.dataId).resource as GPUBuffer;
  const bytes = BYTES * first;
  const start = bytes - (bytes % ALIGNMENT);
  const size = BYTES * ((count ?? util.sizeFromShape(tensor.shape) - first) + first) - start;
  return { resource: { buffer, offset: start, size }, offset: (bytes - start) / BYTES };
}

/** Offset in elements of a part's data from the start of its binding; a shader adds it to its indices. */
export function offsetInBinding(first: number): number {
  return first % (ALIGNMENT / BYTES);
}

function pipelineOf(
  device: GPUDevice,
  { shader, entry, constants = {}, variant }: Program,
): GPUComputePipeline {
  const { modules, pipelines } = cacheOf(device);
  const moduleKey = `${shader} ${variant?.name ?? ''}`;
  const key = `${moduleKey} ${entry} ${JSON.stringify(constants)}`;
  let pipeline = pipelines.get(key);
  if (pipeline) return pipeline;
  let module = modules.get(moduleKey);
  if (!module) {
    const wgsl: string = shaders[shader];
    module = device.createShaderModule({ label: moduleKey, code: variant ? variant.source(wgsl) : wgsl });
    modules.set(moduleKey, module);
  }
  pipeline = device.createComputePipeline({
    label: key,
    layout: 'auto',
    compute: { module, entryPoint: entry, constants: { ...constants } },
  });
  pipelines.set(key, pipeline);
  return pipeline;
}

/**
 * Records one dispatch without waiting; later dispatches and copies see its results.
 *
 * @param bindings storage buffers by binding number; exactly those that the entry point uses
 * @param params numbers of the uniform struct at binding `paramsAt`, u32 unless given as { f32 }
 * @param workgroups counts in x, y and z, each at most 65,535
 */
export function dispatch(
  backend: WebGpuBackend,
  program: Program,
  bindings: Readonly<Record<number, Part | TensorInfo>>,
  params:
    | { readonly at: number; readonly values: readonly (number | { readonly f32: number })[] }
    | undefined,
  workgroups: Workgroups,
): void {
  const pipeline = pipelineOf(backend.device, program);
  const parts = Object.entries(bindings).map(
    ([binding, part]) => [Number(binding), 'tensor' in part ? part : { tensor: part }] as const,
  );
  // uploads may write to the encoder: do them before opening the pass
  const entries: GPUBindGroupEntry[] = parts.map(([binding, part]) => ({
    binding,
    resource: bind(backend, part).resource,
  }));
  if (params) entries.push({ binding: params.at, resource: uniform(backend, params.values) });
  for (const [, { tensor }] of parts) backend.commandQueueOwnedIds.add(tensor.dataId);
  const bindGroup = backend.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder.beginComputePass();
  const pass = backend.computePassEncoder;
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(workgroups[0], workgroups[1] ?? 1, workgroups[2] ?? 1);
  backend.dispatchCountInPass++;
  // while tfjs measures times, each dispatch needs its own pass
  if (backend.activeTimers != null) backend.endComputePassEncoder();
  else if (backend.dispatchCountInPass >= SUBMIT_AFTER) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}

function uniform(
  backend: WebGpuBackend,
  values: readonly (number | { readonly f32: number })[],
): GPUBufferBinding {
  const bytes = new ArrayBuffer(16 * Math.ceil(values.length / 4));
  const integers = new Uint32Array(bytes);
  const floats = new Float32Array(bytes);
  values.forEach((value, i) => {
    if (typeof value === 'number') integers[i] = value;
    else floats[i] = value.f32;
  });
  const buffer = backend.bufferManager.acquireBuffer(
    bytes.byteLength,
    GPUBufferUsage.COPY_DST | GPUBufferUsage.UNIFORM,
  );
  backend.queue.writeBuffer(buffer, 0, bytes);
  backend.uniformPendingDisposal.push(buffer);
  return { buffer, offset: 0, size: bytes.byteLength };
}

/** Records a copy of `count` elements from one tensor's buffer to another's. */
export function copy(
  backend: WebGpuBackend,
  from: TensorInfo,
  to: TensorInfo,
  { fromFirst = 0, toFirst = 0, count }: { fromFirst?: number; toFirst?: number; count: number },
): void {
  for (const { dataId } of [from, to]) {
    backend.uploadToGPU(dataId);
    backend.commandQueueOwnedIds.add(dataId);
  }
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.commandEncoder.copyBufferToBuffer(
    backend.tensorMap.get(from.dataId).resource as GPUBuffer,
    BYTES * fromFirst,
    backend.tensorMap.get(to.dataId).resource as GPUBuffer,
    BYTES * toFirst,
    BYTES * count,
  );
}

/** A new, uninitialised tensor on the device. */
export function output(
  backend: WebGpuBackend,
  shape: readonly number[],
  dtype: DataType = 'float32',
): TensorInfo {
  const info = backend.makeTensorInfo([...shape], dtype);
  backend.uploadToGPU(info.dataId);
  return info;
}

/** Runs `use` with `count` uninitialised floats on the device, released once the recorded work is done. */
export function withScratch<T>(
  backend: WebGpuBackend,
  counts: readonly number[],
  use: (...scratch: TensorInfo[]) => T,
): T {
  const scratch = counts.map((count) => output(backend, [Math.max(1, count)]));
  try {
    return use(...scratch);
  } finally {
    for (const { dataId } of scratch) backend.disposeData(dataId);
  }
}

/** Whether the device was opened with subgroup operations. */
export function hasSubgroups(backend: WebGpuBackend): boolean {
  return backend.device.features.has('subgroups' as GPUFeatureName);
}

/** Dispatch size for `count` workgroups, folded into two dimensions if one is too small: index = x + y · width. */
export function folded(count: number): [number, number] {
  const most = 65_535;
  if (count <= most) return [Math.max(1, count), 1];
  const rows = Math.ceil(count / most);
  return [Math.ceil(count / rows), rows];
}

let bindingLimit = Infinity;

/** Maximum bytes of one binding. */
export function maxBindingBytes({ device }: WebGpuBackend): number {
  return Math.min(device.limits.maxStorageBufferBindingSize, bindingLimit);
}

/** For tests: limits a binding to this many bytes, so that small tensors are split like large ones. */
export function limitBindingBytes(bytes: number): void {
  bindingLimit = bytes;
}

/**
 * Cuts `count` rows (or pictures) into ranges that fit one binding; a row of the widest tensor has `widest` elements.
 *
 * @throws Error when a single row is too large
 */
export function* runs(
  backend: WebGpuBackend,
  op: string,
  count: number,
  widest: number,
): Generator<{ first: number; count: number }> {
  const limit = maxBindingBytes(backend);
  // a binding may start up to one alignment early
  const most = Math.floor((limit - ALIGNMENT) / (BYTES * widest));
  if (most < 1)
    throw new Error(
      `${op}: ${BYTES * widest} bytes must be bound at once, but this GPU binds at most ${limit}; use smaller pictures.`,
    );
  for (let first = 0; first < count; first += most) yield { first, count: Math.min(most, count - first) };
}
