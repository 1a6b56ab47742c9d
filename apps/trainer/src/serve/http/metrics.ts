import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { FleetFigures } from '../../fleet/fleet.js';
import type { Follower } from '../journal/follower.js';
import type { Result } from '../journal/entries.js';
import type { Listener, Station } from '../station.js';
import type { DriftFigure } from '@pyramid-mamba/inspect';

/** Bounds of seconds from a picture being taken to its answer. */
const SECONDS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

export interface MetricSources {
  station: Station;
  followers: () => readonly Follower[];
  drift: () => readonly DriftFigure[];
  /** Of the fleet that the station works for; undefined where its broker is away. */
  fleet?: (() => Promise<FleetFigures | undefined>) | undefined;
}

/** What `/metrics` says. Labels are names of the models' products, of verdicts and of outputs: their number is bounded. */
export class Metrics implements Listener {
  readonly registry = new Registry();
  readonly #pictures = this.#add(
    new Counter({
      name: 'pyramid_mamba_pictures_total',
      help: 'Pictures by verdict (none: without thresholds; error: not judged)',
      labelNames: ['product', 'verdict', 'source'],
      registers: [],
    }),
  );
  readonly #seconds = this.#add(
    new Histogram({
      name: 'pyramid_mamba_seconds',
      help: 'From a picture being taken to its result',
      buckets: SECONDS,
      registers: [],
    }),
  );
  readonly #restarts = this.#add(
    new Counter({
      name: 'pyramid_mamba_worker_ends_total',
      help: 'Judging processes that ended and were replaced',
      registers: [],
    }),
  );
  readonly #refused = this.#add(
    new Counter({
      name: 'pyramid_mamba_requests_refused_total',
      help: 'Requests answered by an error',
      labelNames: ['status'],
      registers: [],
    }),
  );

  constructor({ station, followers, drift, fleet }: MetricSources) {
    collectDefaultMetrics({ register: this.registry });
    const gauge = (
      name: string,
      help: string,
      labelNames: string[],
      collect: (gauge: Gauge) => void | Promise<void>,
    ) =>
      this.#add(
        new Gauge({
          name: `pyramid_mamba_${name}`,
          help,
          labelNames,
          registers: [],
          async collect() {
            this.reset();
            await collect(this);
          },
        }),
      );
    gauge('queue', 'Pictures that were taken and have no result yet', [], (one) =>
      one.set(station.pool.open),
    );
    gauge('queue_waiting', 'Those of them that no process judges yet', [], (one) =>
      one.set(station.pool.waiting),
    );
    gauge('workers', 'Judging processes that are alive', [], (one) => one.set(station.pool.alive));
    gauge('ready', '1 where pictures can be judged', [], (one) =>
      one.set(station.notReady === undefined ? 1 : 0),
    );
    gauge('model_info', '1 for the model in use', ['name', 'sha256'], (one) => {
      for (const { name, file } of station.models.list()) one.set({ name, sha256: file.sha256 }, 1);
    });
    gauge('output_behind_bytes', 'Bytes of the journal that an output has not taken', ['output'], (one) => {
      for (const { output, behind } of followers()) one.set({ output: output.name }, behind);
    });
    gauge('output_failing', '1 where the last delivery failed', ['output'], (one) => {
      for (const { output, failure } of followers())
        one.set({ output: output.name }, failure === undefined ? 0 : 1);
    });
    if (fleet)
      gauge(
        'fleet_pictures',
        "Pictures in the fleet's queue; none where its broker is away",
        ['state'],
        async (one) => {
          for (const [state, count] of Object.entries((await fleet()) ?? {})) one.set({ state }, count);
        },
      );
    gauge(
      'drift_deviation',
      'Standard deviations of the last pictures from the usual',
      ['product', 'what'],
      (one) => {
        for (const { className, what, deviation } of drift())
          if (deviation !== null) one.set({ product: className, what }, deviation);
      },
    );
    gauge('drift_warning', '1 where light, camera or scores have changed', ['product', 'what'], (one) => {
      for (const { className, what, active } of drift())
        one.set({ product: className, what }, active ? 1 : 0);
    });
  }

  judged({ class: product, verdict, source, error, durationMs }: Result): void {
    this.#pictures.inc({
      product: product ?? '',
      verdict: error === null ? (verdict ?? 'none') : 'error',
      source,
    });
    this.#seconds.observe(durationMs / 1000);
  }

  workerEnded(): void {
    this.#restarts.inc();
  }

  refused(status: number): void {
    this.#refused.inc({ status: String(status) });
  }

  #add<T extends Counter | Gauge | Histogram>(metric: T): T {
    this.registry.registerMetric(metric);
    return metric;
  }
}
