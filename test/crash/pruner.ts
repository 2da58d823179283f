/**
 * A process that opens a ledger in which records are past their time, lets its retention work for a day, and
 * dies where `HOLDFAST_FAULT` says. `node pruner.js LEDGER WALL_MS`
 */
import { fatalPointOf, fatalPointVariable } from '../../agent/durability.ts';
import { walTruncation } from '../../agent/ledger/erasure.ts';
import { openLedger } from '../../agent/ledger/open.ts';
import { keepRetention } from '../../agent/ledger/retention.ts';
import { openSqlite } from '../../agent/ledger/sqlite.ts';
import { dyingAt } from '../../agent/node-world.ts';
import { virtualClock } from '../../simulator/world/clock.ts';
import { subject } from '../fixtures/payments.ts';
import { quietWorld } from '../rigs/quiet-world.ts';

const dayMs = 86_400_000;

const [path = '', wallMs = ''] = process.argv.slice(2);
const fatal = fatalPointOf(process.env[fatalPointVariable]);
const mark = fatal && dyingAt(fatal, () => undefined);
const clock = virtualClock({ wallMs: Number(wallMs) });
const world = { ...quietWorld({ clock }), mark };
const ledger = openLedger(() => openSqlite(path), subject, world);
ledger.clock.heardTime(clock.wallMs());
keepRetention({
  ...{ ledger, world, months: () => 13 },
  isQuiet: () => true,
  removed: walTruncation(ledger, clock),
  tell: () => undefined,
});
clock.advance(dayMs);
ledger.close();
