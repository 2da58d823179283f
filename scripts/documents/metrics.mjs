/** `docs/metrics.md`: every metric of `GET /metrics`, for those who draw charts and set alarms. */
import { code, fill, table } from './markdown.mjs';

const template = `<!-- Written by scripts/generate.mjs from agent/diagnostics/metrics.ts; change it there. -->

# Metrics

\`GET /metrics\` answers in the text format of Prometheus, on loopback and to whoever has the local key, like
the rest of the local API. A Prometheus server, or an agent of one, on the same device asks like this, as a
user that may read the key:

\`\`\`yaml
scrape_configs:
  - job_name: holdfast
    static_configs: [{ targets: ['127.0.0.1:7420'] }]
    http_headers:
      x-api-key: { files: [/var/lib/holdfast/identity/local.key] }
\`\`\`

Names and labels are stable. A counter begins at 0 whenever the agent starts. A label has one of the values
that stand here, the name of a reader of this device, or a currency of ISO 4217; nothing of a card is in any.
Readers beyond the 64th name since the start are counted as \`others\`.

{{metrics}}
`;

const forms = { readers: 'a reader’s name', currencies: 'a currency' };

const labelled = ([label, form]) =>
  `${code(label)}: ${typeof form === 'string' ? forms[form] : form.map(code).join(' ')}`;

/** The page. */
export const metricsDocument = ({ metrics }) =>
  fill(template, {
    metrics: table(
      ['metric', 'kind', 'says', 'unit', 'labels'],
      Object.entries(metrics.metrics).map(([name, { kind, says, unit, labels }]) => [
        code(name),
        kind,
        says,
        unit ?? '',
        Object.entries(labels).map(labelled).join('; '),
      ]),
    ),
  });
