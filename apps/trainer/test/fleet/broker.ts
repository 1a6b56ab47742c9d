// Debian's nats-server for tests, where it is installed.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const SERVER = ['/usr/sbin/nats-server', 'nats-server'].find((path) => {
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** Whether there is a broker; says why tests are skipped, and throws where `REQUIRE_BACKENDS` names `nats`. */
export function hasBroker(): boolean {
  if (SERVER !== undefined) return true;
  if ((process.env['REQUIRE_BACKENDS'] ?? '').split(',').includes('nats'))
    throw new Error('REQUIRE_BACKENDS names nats, but nats-server does not run; apt-get install nats-server');
  console.warn('SKIPPED: tests of the fleet: nats-server is not installed.');
  return false;
}

/** A broker with JetStream on its own folder and port, which can be killed and started again. */
export class Broker {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
  ) {}

  static async start(folder: string, options: readonly string[] = []): Promise<Broker> {
    const broker = new Broker(await freePort(), folder, options);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const { port, folder, options } = this;
    const line = ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port), ...options];
    this.#child = spawn(SERVER!, line, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    this.#child.stderr!.on('data', (chunk: Buffer) => void (said += chunk.toString()));
    while (!said.includes('Server is ready')) {
      if (this.#child.exitCode !== null) throw new Error(`nats-server ended: ${said}`);
      await wait(10);
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
