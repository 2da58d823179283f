/**
 * The house as data: its floors, its doors, its ways in, its limits.
 *
 * Everything that checks the house reads it from here: `.dependency-cruiser.mjs`, `eslint.config.js` and the
 * tests in `test/house`. ARCHITECTURE.md's table of doors has to say the same.
 */

/** Which floors a folder may lean on, besides itself. */
export const floors = {
  contract: [],
  config: ['contract'],
  drivers: ['contract'],
  firmware: ['contract'],
  agent: ['contract', 'config', 'drivers', 'firmware'],
  simulator: ['contract', 'config', 'drivers', 'firmware', 'agent'],
  test: ['contract', 'config', 'drivers', 'firmware', 'agent', 'simulator'],
};

/** Floors that run at a merchant's; the others play the world outside. */
export const production = ['contract', 'config', 'drivers', 'firmware', 'agent'];

/**
 * Which files may import an outside thing; a path that ends in `/` is a folder. `test/` may import all of
 * them, `simulator/` all that is built into Node. An outside thing that is not listed has no door at all.
 */
export const doors = {
  serialport: ['drivers/lines/serial.ts'],
  '@serialport/parser-readline': ['drivers/lines/serial.ts'],
  'node-hid': ['drivers/lines/hid.ts'],
  mqtt: ['agent/portal/mqtt.ts'],
  'better-sqlite3': ['agent/ledger/sqlite.ts'],
  'node-forge': ['agent/identity/forge.ts'],
  pino: ['agent/diagnostics/pino.ts'],
  'prom-client': ['agent/diagnostics/prometheus.ts'],
  fastify: ['agent/local-api/http.ts'],
  commander: ['agent/cli/program.ts'],
  typebox: [
    'contract/',
    'config/',
    'agent/configuration/generations.ts',
    'agent/identity/',
    'agent/local-api/',
  ],
  aedes: ['simulator/broker.ts'],
  'mqtt-packet': ['simulator/packets.ts'],
  'node:crypto': [
    'agent/identity/hpke.ts',
    'agent/identity/jws.ts',
    'agent/identity/digest.ts',
    'agent/identity/raw-keys.ts',
    'agent/identity/passwords.ts',
    'agent/node-world.ts',
  ],
  'node:fs': [
    'config/disk.ts',
    'drivers/lines/hidraw.ts',
    'drivers/lines/ttys.ts',
    'agent/node-world.ts',
    'agent/data-directory.ts',
    'agent/owner-only.ts',
    'agent/machine.ts',
    'agent/cli/',
  ],
  'node:path': ['agent/data-directory.ts', 'agent/owner-only.ts'],
  'node:stream': ['drivers/lines/serial.ts'],
  'node:net': ['drivers/lines/tcp.ts'],
  'node:tls': ['agent/portal/offered-authority.ts', 'agent/identity/tls-pair.ts'],
  'node:http': ['agent/cli/local-api.ts'],
  'node:readline': ['agent/cli/main.ts'],
  'node:child_process': ['agent/system-clock.ts', 'agent/cli/demo.ts'],
};

/** Doors that are decided and not built yet. Once one is there, its line here has to go. */
export const doorsToCome = [];

/** Where time, chance, the process and its output are real. Everything else asks for them as arguments. */
export const realWorld = [
  'agent/main.ts',
  'agent/node-world.ts',
  'agent/owner-only.ts',
  'agent/machine.ts',
  'agent/cli/',
  'agent/portal/mqtt.ts',
  'agent/diagnostics/pino.ts',
  'drivers/lines/serial.ts',
  'drivers/lines/hid.ts',
];

/** What knows neither Node nor npm, but for the schema library; `tsconfig.pure.json` has the same list. */
export const pure = [
  'contract/',
  'drivers/cards/',
  'drivers/frames/',
  'drivers/emv/',
  'drivers/hid/',
  'drivers/serial/',
  'drivers/magnesafe/',
  'drivers/stripes/',
  'drivers/reader.ts',
  'drivers/identity.ts',
  'drivers/refused-reader.ts',
  'drivers/turns.ts',
  'drivers/protocols/',
  'agent/payments/payment.ts',
  'agent/payments/gates.ts',
  'agent/payments/order.ts',
  'agent/payments/host-line.ts',
  'agent/calendar.ts',
  'agent/receipts/ascii.ts',
  'agent/receipts/paper.ts',
  'agent/receipts/tips.ts',
  'agent/receipts/wording.ts',
  'agent/reports/csv.ts',
  'agent/reports/period.ts',
  'agent/access/asker.ts',
  'agent/access/limits.ts',
  'agent/access/lockout.ts',
  'agent/batches/batch.ts',
  'agent/batches/standing.ts',
  'agent/batches/totals.ts',
  'agent/batches/fullness.ts',
  'agent/batches/schedule.ts',
  'agent/readers/session.ts',
  'agent/portal/backoff.ts',
  'agent/ledger/clock-bound.ts',
  'config/generation.ts',
  'config/layers.ts',
  'config/version.ts',
];

/** Packages a pure file may import all the same. */
export const pureMayImport = ['typebox'];

/** Where programs begin. A production file no program reaches is dead, even when a test uses it. */
export const programs = [
  'agent/cli/main.ts',
  'agent/main.ts',
  'simulator/demo/main.ts',
  'simulator/portal/main.ts',
  'simulator/readers/main.ts',
];

/** The composition roots: only they (and simulator and test) open a door of another floor directly. */
export const roots = ['agent/main.ts', 'agent/reader-doors.ts', 'agent/cli/'];

/** Budgets, each in its unit. `tidy.test.ts` and eslint hold to the same numbers. */
export const budgets = {
  fileLines: 400,
  fileLinesMedian: 100,
  functionLines: 70,
  lineCharacters: 110,
  complexity: 15,
  parameters: 4,
  blobBytes: 300_000,
};
