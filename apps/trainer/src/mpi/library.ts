// The few functions of MPI that a job calls, from whichever implementation started the process. All calls are made in the main thread.
import { UserError } from '../errors.js';

/** An address or a handle. */
type Handle = bigint | number;

/** The implementation's constants: these differ, the functions do not. */
interface Flavour {
  /** C type of communicators, datatypes and requests by value. */
  readonly handle: 'uint64' | 'int';
  readonly world: Handle;
  readonly byte: Handle;
  readonly statusIgnore: Handle;
}

/** Of all messages between two ranks: they are told apart by their order. */
const TAG = 1;

/** Functions on MPI_COMM_WORLD; each throws where MPI reports an error. */
export interface MpiLibrary {
  /** As the library names itself, e.g. `Open MPI v4.1.4`. */
  readonly version: string;
  readonly rank: number;
  readonly size: number;
  /** Starts a broadcast of these bytes from rank `root`; the result says whether it is complete, and is asked until it is. */
  broadcast(bytes: Uint8Array, root: number): () => boolean;
  /** Starts sending these bytes to rank `to`; messages between two ranks keep their order. */
  send(bytes: Uint8Array, to: number): () => boolean;
  /** Starts receiving as many bytes from rank `from` as it sends. */
  receive(bytes: Uint8Array, from: number): () => boolean;
  /** Starts gathering `own` of every rank into `all`, by rank. */
  allGather(own: Uint8Array, all: Uint8Array): () => boolean;
  barrier(): () => boolean;
  /** Ends all processes of the job. */
  abort(code: number): void;
  finish(): void;
}

/** The library of the implementation that started this process first: another one's would be a job of one process each. */
function candidates(env: NodeJS.ProcessEnv): string[] {
  const openMpi = ['libmpi.so.40', 'libmpi.so.80', 'libmpi.so'];
  const mpich = ['libmpich.so.12', 'libmpi.so.12', 'libmpi.so'];
  const standard = ['libmpi_abi.so.1', 'libmpi_abi.so.0'];
  return env['OMPI_COMM_WORLD_SIZE'] === undefined
    ? [...mpich, ...standard, ...openMpi]
    : [...openMpi, ...standard, ...mpich];
}

const INSTALL =
  'install one with its launcher, on Debian and Ubuntu `apt-get install openmpi-bin` or `mpich`, and start the job with the mpirun of the same one';

/** Loads MPI and starts it, which waits for all processes of the job. Throws a UserError where there is none, or koffi is missing. */
export async function openMpi(env: NodeJS.ProcessEnv = process.env): Promise<MpiLibrary> {
  let koffi: typeof import('koffi');
  try {
    koffi = await import('koffi');
  } catch (error) {
    throw new UserError(
      `mpi: the npm package "koffi", which calls MPI, does not load (${firstLine(error)}); install it with \`npm install koffi@3.3.4\``,
      { cause: error },
    );
  }
  // UCX, MPICH's transport, would put itself into the calls that map memory and into the signals, which are V8's and WebAssembly's
  process.env['UCX_MEM_EVENTS'] ??= 'n';
  process.env['UCX_ERROR_SIGNALS'] ??= '';
  const { library, name } = load(koffi, env);
  const bind = (called: string, ...types: string[]) => {
    const native = library.func(called, 'int', types) as (...values: unknown[]) => number;
    return (...values: unknown[]): void => {
      const code = native(...values);
      if (code !== 0) throw new Error(`mpi: ${called} failed with code ${code}`);
    };
  };
  const text = new Uint8Array(8192);
  const number = new Int32Array(1);
  bind('MPI_Get_library_version', 'void *', 'void *')(text, number);
  const version = Buffer.from(text.subarray(0, Math.max(0, text.indexOf(0))))
    .toString('latin1')
    .split(/[\n,]/)[0]!
    .replace(/ ?Version:\s*/, ' ')
    .trim();
  const { handle, world, byte, statusIgnore } = flavourOf(koffi, library, name, version);
  bind('MPI_Init', 'uint64', 'uint64')(0, 0);
  const ask = (called: string): number => {
    bind(called, handle, 'void *')(world, number);
    return number[0]!;
  };
  const [rank, size] = [ask('MPI_Comm_rank'), ask('MPI_Comm_size')];
  const ibcast = bind('MPI_Ibcast', 'void *', 'int', handle, 'int', handle, 'void *');
  const igather = bind('MPI_Iallgather', 'void *', 'int', handle, 'void *', 'int', handle, handle, 'void *');
  const isend = bind('MPI_Isend', 'void *', 'int', handle, 'int', 'int', handle, 'void *');
  const irecv = bind('MPI_Irecv', 'void *', 'int', handle, 'int', 'int', handle, 'void *');
  const ibarrier = bind('MPI_Ibarrier', handle, 'void *');
  const test = bind('MPI_Test', 'void *', 'void *', 'uint64');
  const abort = bind('MPI_Abort', handle, 'int');
  const finish = bind('MPI_Finalize');
  /** What MPI may still read or write, also where nobody asks for the operation any more: freed, it would be another object's memory. */
  const open = new Set<readonly ArrayBufferView[]>();
  /** Begins an operation; its memory is held until it is complete. */
  const begun = (start: (request: BigUint64Array) => void, ...memory: Uint8Array[]): (() => boolean) => {
    const request = new BigUint64Array(1);
    const flag = new Int32Array(1);
    const held = [request, flag, ...memory];
    open.add(held);
    start(request);
    return () => {
      test(request, flag, statusIgnore);
      const complete = flag[0] !== 0;
      if (complete) open.delete(held);
      return complete;
    };
  };
  return {
    version,
    rank,
    size,
    broadcast: (bytes, root) =>
      begun((request) => ibcast(bytes, bytes.byteLength, byte, root, world, request), bytes),
    send: (bytes, to) =>
      begun((request) => isend(bytes, bytes.byteLength, byte, to, TAG, world, request), bytes),
    receive: (bytes, from) =>
      begun((request) => irecv(bytes, bytes.byteLength, byte, from, TAG, world, request), bytes),
    allGather: (own, all) =>
      begun(
        (request) => igather(own, own.byteLength, byte, all, own.byteLength, byte, world, request),
        own,
        all,
      ),
    barrier: () => begun((request) => ibarrier(world, request)),
    abort: (code) => abort(world, code),
    finish: () => finish(),
  };
}

type Koffi = typeof import('koffi');
type Library = ReturnType<Koffi['load']>;

function load(koffi: Koffi, env: NodeJS.ProcessEnv): { library: Library; name: string } {
  const reasons: string[] = [];
  for (const name of candidates(env)) {
    try {
      // Open MPI's plugins look for its symbols among all that are loaded
      return { library: koffi.load(name, { global: true }), name };
    } catch (error) {
      reasons.push(firstLine(error));
    }
  }
  const telling = reasons.find((reason) => !/No such file/.test(reason));
  throw new UserError(
    `mpi: this process was started by mpirun or srun, but no MPI library was found${telling ? ` (${telling})` : ''}; ${INSTALL}`,
  );
}

function flavourOf(koffi: Koffi, library: Library, name: string, version: string): Flavour {
  // the constants of the MPI-5 ABI, chapter "Application Binary Interface" of the standard
  if (name.startsWith('libmpi_abi')) return { handle: 'uint64', world: 0x101, byte: 0x247, statusIgnore: 0 };
  if (version.startsWith('Open MPI')) {
    const at = (symbol: string): bigint => koffi.address(library.symbol(symbol) as never);
    return {
      handle: 'uint64',
      world: at('ompi_mpi_comm_world'),
      byte: at('ompi_mpi_byte'),
      statusIgnore: 0,
    };
  }
  // MPICH and what keeps its binary interface: Intel MPI, MVAPICH, Cray MPI
  if (/MPICH|Intel|MVAPICH|CRAY/i.test(version))
    return { handle: 'int', world: 0x44000000, byte: 0x4c00010d, statusIgnore: 1 };
  throw new UserError(
    `mpi: ${name} calls itself "${version}", which is neither Open MPI nor MPICH nor one with the interface of MPI 5; ${INSTALL}`,
  );
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0]!;
