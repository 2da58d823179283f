/** The door to prom-client: writes readings in Prometheus' text format, from a registry of their own. */
import { metrics, type MetricName, type MetricRow, type Reading } from './metrics.ts';

/** The readings as text, each metric that has any with its kind and what it says. */
export const exposition = async (readings: readonly Reading[]): Promise<string> => {
  // Loaded by the first who asks: an agent nobody watches does without.
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  for (const [name, { kind, says, labels }] of Object.entries(metrics) as [
    MetricName,
    MetricRow,
  ][]) {
    const own = readings.filter(({ metric }) => metric === name);
    // Where nothing is known, 0 would be a lie.
    if (own.length === 0) continue;
    const row = { name, help: says, labelNames: Object.keys(labels), registers: [registry] };
    const told = kind === 'counter' ? new Counter(row) : new Gauge(row);
    for (const { labels: of, value } of own) told.inc(of, value);
  }
  return registry.metrics();
};
