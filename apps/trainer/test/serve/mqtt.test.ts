// A client of a broker that publishes for years: a fake one.
import { EventEmitter } from 'node:events';
import type { MqttClient } from 'mqtt';
import { expect, test, vi } from 'vitest';
import type { Entry } from '../../src/serve/journal/entries.js';
import { mqttOutput } from '../../src/serve/outputs/mqtt.js';

class Client extends EventEmitter {
  connected = true;
  published = 0;
  publishAsync() {
    this.published++;
    return Promise.resolve();
  }
  endAsync() {
    return Promise.resolve();
  }
}
const client = vi.hoisted(() => ({ now: undefined as unknown }));
vi.mock('mqtt', () => ({ connectAsync: () => Promise.resolve(client.now as MqttClient) }));

test('a client keeps nothing of what it has published', async () => {
  const fake = new Client();
  client.now = fake;
  const output = mqttOutput({ url: 'mqtt://broker', topic: 'line' });
  const warning: Entry = {
    kind: 'warning',
    id: 'id',
    time: '',
    class: 'tile',
    what: 'score',
    active: true,
    message: '',
  };
  await output.deliver(Array<Entry>(100).fill(warning), () => Promise.resolve());
  expect(fake.published).toBe(101);
  expect(fake.listenerCount('close')).toBe(0);
});
