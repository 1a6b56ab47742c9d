// Two hosts on one machine: namespaces of the network, of the host's name and of mounts, joined by a cable, as a user may make them where the kernel allows it.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What joins the hosts: its name on each, and their addresses. */
export const DEVICE = 'pm0';
export const NETWORK = '10.77.0.0/24';
const NEEDED = ['unshare', 'nsenter', 'mount', 'ip', 'hostname'];

/** A host: its address, and the words that run a program on it, from outside and from the other host. */
export interface Host {
  name: string;
  address: string;
  enter: readonly string[];
  hop: readonly string[];
}

/** Two hosts that reach each other, and nothing else, until they are closed. */
export interface Hosts {
  hosts: readonly [Host, Host];
  /** Bytes that a host has received from the other one. */
  received(host: Host): number;
  close(): void;
}

const hostOf = (pid: number, number: number): Host => ({
  name: `host-${number}`,
  address: `10.77.0.${number}`,
  enter: ['nsenter', '-t', String(pid), '-U', '-n', '-u', '-m', '--preserve-credentials'],
  hop: ['nsenter', '-t', String(pid), '-n', '-u', '-m'],
});

/** Makes two hosts. Throws an Error with the reason where this machine or its user may not have them. */
export async function twoHosts(): Promise<Hosts> {
  const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`;
  const missing = NEEDED.filter(
    (name) => !path.split(delimiter).some((folder) => existsSync(join(folder, name))),
  );
  if (missing.length > 0)
    throw new Error(`${missing.join(' and ')} of util-linux, iproute2 and hostname is not installed`);
  const env = { ...process.env, PATH: path };
  const holders: ChildProcess[] = [];
  const close = () => {
    for (const one of holders) one.kill('SIGKILL');
  };
  /** A process that holds namespaces of its own; it has them when it speaks. In `/sys`, where MPICH looks for it, is the host's own network. */
  const holder = async (words: readonly string[]): Promise<number> => {
    const child = spawn(
      words[0]!,
      [...words.slice(1), 'sh', '-c', 'mount -t sysfs sysfs /sys && echo here && exec cat'],
      {
        env,
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    holders.push(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()));
    const spoke = once(child.stdout, 'data').then(() => true);
    const ended = once(child, 'close').then(() => false);
    if (!(await Promise.race([spoke, ended]))) throw new Error(said.trim());
    return child.pid!;
  };
  const run = ({ enter }: Host, line: string): string => {
    const [program, ...args] = [...enter, ...line.split(' ')];
    return execFileSync(program!, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  };
  try {
    // the second one belongs to the user namespace of the first, which may therefore lay a cable to it
    const first = await holder(['unshare', '-r', '-n', '-u', '-m']);
    const second = await holder([
      'nsenter',
      '-t',
      String(first),
      '-U',
      '--preserve-credentials',
      'unshare',
      '-n',
      '-u',
      '-m',
    ]);
    const hosts = [hostOf(first, 1), hostOf(second, 2)] as const;
    run(hosts[0], `ip link add ${DEVICE} type veth peer name ${DEVICE} netns ${second}`);
    for (const host of hosts) {
      run(host, `hostname ${host.name}`);
      for (const line of [
        `addr add ${host.address}/24 dev ${DEVICE}`,
        `link set ${DEVICE} up`,
        'link set lo up',
      ])
        run(host, `ip ${line}`);
    }
    // a cable carries a moment after both ends are up
    const isUp = (host: Host) => run(host, `cat /sys/class/net/${DEVICE}/operstate`).trim() === 'up';
    const until = performance.now() + 10_000;
    while (!hosts.every(isUp)) {
      if (performance.now() > until)
        throw new Error(`${DEVICE}: the cable between the two hosts does not come up`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return {
      hosts,
      received: (host) => {
        const [link] = JSON.parse(run(host, `ip -s -j link show ${DEVICE}`)) as [
          { stats64: { rx: { bytes: number } } },
        ];
        return link.stats64.rx.bytes;
      },
      close,
    };
  } catch (error) {
    close();
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error((stderr ?? message).trim().split('\n').at(-1) ?? message, { cause: error });
  }
}
