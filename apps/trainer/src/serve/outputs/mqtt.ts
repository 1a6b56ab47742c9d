import { connectAsync, type MqttClient } from 'mqtt';
import type { Entry } from '../journal/entries.js';
import type { Output } from '../journal/follower.js';

export interface MqttOptions {
  /** `mqtt://host:1883`, `mqtts://user:password@host`. */
  url: string;
  /** Results go to `topic/results/PRODUCT`, warnings to `topic/warnings/PRODUCT`, `online` or `offline` to `topic/status`. */
  topic: string;
}

/** Milliseconds until a broker must have answered. */
const ANSWER_MS = 15_000;

/** A part of a topic: what separates and what selects topics is replaced. */
const part = (name: string): string => name.replaceAll(/[/+#\0]/g, '_') || 'none';

export const topicOf = (topic: string, entry: Entry): string =>
  entry.kind === 'warning'
    ? `${topic}/warnings/${part(entry.class)}`
    : `${topic}/results/${part(entry.kind === 'result' ? (entry.class ?? '') : '')}`;

/**
 * Publishes results and warnings with QoS 1: each is repeated until the broker has acknowledged it, so that one may come twice, with the same id. The
 * broker itself says `offline` (its last will) where the station is gone.
 */
export function mqttOutput({ url, topic }: MqttOptions): Output {
  let client: MqttClient | undefined;
  const status = { topic: `${topic}/status`, qos: 1, retain: true } as const;

  const connect = async (): Promise<MqttClient> => {
    if (client?.connected) return client;
    await close();
    const next = await connectAsync(url, {
      // the journal repeats, this client does not: two outboxes would send twice
      reconnectPeriod: 0,
      connectTimeout: ANSWER_MS,
      queueQoSZero: false,
      will: { ...status, payload: Buffer.from('offline') },
    });
    next.on('error', () => undefined);
    client = next;
    await publish(next, status.topic, 'online', true);
    return next;
  };

  const publish = async (to: MqttClient, name: string, payload: string, retain: boolean): Promise<void> => {
    let release: () => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error('the broker did not acknowledge'));
      const timer = setTimeout(fail, ANSWER_MS);
      to.once('close', fail);
      // one client publishes for years
      release = () => {
        clearTimeout(timer);
        to.off('close', fail);
      };
    });
    try {
      await Promise.race([to.publishAsync(name, payload, { qos: 1, retain }), late]);
    } finally {
      release();
    }
  };

  const close = async (): Promise<void> => {
    const old = client;
    client = undefined;
    await old?.endAsync(true).catch(() => undefined);
  };

  return {
    name: 'mqtt',
    wants: ({ kind }) => kind === 'result' || kind === 'warning',
    async begin() {
      // the broker may be away: results wait for it
      await connect().catch(() => undefined);
    },
    async deliver(entries) {
      try {
        const to = await connect();
        for (const entry of entries) await publish(to, topicOf(topic, entry), JSON.stringify(entry), false);
        return null;
      } catch (error) {
        await close();
        throw error;
      }
    },
    async close() {
      if (client?.connected) await publish(client, status.topic, 'offline', true).catch(() => undefined);
      await close();
    },
  };
}
