/** Narration: turns the news of the parts into log events. */
import type { ClockNews } from '../clock-keeping.ts';
import type { BatchNews } from '../batches/news.ts';
import type { ConfigurationNews } from '../configuration/news.ts';
import { countOf } from '../batches/totals.ts';
import type { BatchId } from '../../contract/index.ts';
import type { CashierNews } from '../payments/news.ts';
import { outcomeOf } from '../payments/states.ts';
import type { WatchParts } from '../payments/watch.ts';
import type { RetentionNews } from '../ledger/retention.ts';
import type { LinkNews } from '../portal/news.ts';
import type { RenewalNews } from '../portal/renewal.ts';
import type { PostNews } from '../readers/post.ts';
import type { Log } from './events.ts';

export const narrateCashier =
  (log: Log) =>
  (news: CashierNews): void => {
    switch (news.is) {
      case 'payment': {
        const { order, payment, heard } = news;
        const reason = 'reason' in payment ? payment.reason : undefined;
        const { transactionId } = order;
        const outcome = outcomeOf(payment);
        log('payment.step', { transactionId, heard, state: payment.is, outcome, reason });
        return;
      }
      case 'prompt':
        log('payment.prompt', { transactionId: news.order.transactionId, prompt: news.prompt });
        return;
      case 'storage trouble':
        log('storage.trouble', { fault: news.fault });
        return;
      case 'storage back':
        log('storage.back', {});
        return;
    }
  };

export const narrateBatches =
  (log: Log) =>
  (news: BatchNews): void => {
    switch (news.is) {
      case 'closing':
        log('batch.closing', { ...named(news.batch), trigger: news.trigger });
        return;
      case 'closed': {
        const { batch, trigger, totals, carried } = news.closed;
        const transactions = countOf(totals) - carried.length;
        log('batch.closed', { ...named(batch), trigger, transactions, carried: carried.length });
        return;
      }
      case 'settled': {
        const { batch, outcome, differenceCount, declinedAfterClose } = news.settlement;
        if (outcome === 'agreed') {
          log('batch.settled', {
            ...named(batch),
            declinedAfterClose: declinedAfterClose.length,
          });
        } else {
          log('batch.not_agreed', { ...named(batch), differences: differenceCount });
        }
        return;
      }
      case 'settlement refused':
        log('batch.settlement.refused', { ...named(news.batch), why: news.why });
        return;
      case 'command received':
        log('command.received', { commandId: news.commandId, kind: news.kind });
        return;
      case 'command finished': {
        const { commandId, result, code } = news.finished;
        log('command.finished', { commandId, result, code });
        return;
      }
      case 'storage trouble':
        log('storage.trouble', { fault: news.fault });
        return;
      case 'storage back':
        log('storage.back', {});
        return;
    }
  };

const named = ({ name, number }: BatchId) => ({ batchName: name, batchNumber: number });

export const narrateLink =
  (log: Log) =>
  (news: LinkNews): void => {
    switch (news.is) {
      case 'state':
        log('link.state', { state: news.state, why: news.why, waitMs: news.waitMs });
        return;
      case 'message refused':
        log('link.message.refused', { channel: news.channel, why: news.why });
        return;
      case 'acknowledged':
        log('link.acknowledged', { through: news.through, unsent: news.unsent });
        return;
      case 'silent':
        log('link.silent', { what: news.what });
        return;
      case 'clone suspected':
        log('link.clone_suspected', {});
        return;
      case 'ledger rolled back':
        log('ledger.rolled_back', { why: news.why });
        return;
      case 'document taken':
        log('link.document.taken', { kind: news.kind, version: news.version });
        return;
      case 'keys followed':
        log('link.keys.followed', { version: news.version });
        return;
      case 'epoch opened':
        log('ledger.epoch.opened', { epoch: news.epoch });
        return;
      case 'log pruned':
        log('ledger.log_pruned', { through: news.through, keptFrom: news.keptFrom });
        return;
    }
  };

export const narrateConfiguration =
  (log: Log) =>
  (news: ConfigurationNews): void => {
    switch (news.is) {
      case 'in force': {
        const { number, because, name, changedCount } = news;
        log('configuration.in_force', { number, because, documents: name, changed: changedCount });
        return;
      }
      case 'waiting': {
        const { waitsFor, why } = news.barrier;
        log('configuration.waiting', { documents: news.name, waitsFor, why });
        return;
      }
      case 'on trial':
        log('configuration.on_trial', { documents: news.name, withinSeconds: news.withinSeconds });
        return;
      case 'refused': {
        const { name, outcome, code, why } = news;
        log('configuration.refused', { documents: name, outcome, code, why });
        return;
      }
      case 'fallen back':
        log('configuration.fallen_back', { why: news.why });
        return;
      case 'overruled':
        log('configuration.overruled', { setting: news.setting, layer: news.layer });
        return;
    }
  };

export const narrateRenewal =
  (log: Log) =>
  (news: RenewalNews): void => {
    switch (news.is) {
      case 'renewing':
        log('identity.renewing', { why: news.why });
        return;
      case 'renewed':
        log('identity.renewed', { until: news.until });
        return;
      case 'renewal failed':
        log('identity.renewal_failed', { why: news.why, waitMs: news.waitMs });
        return;
      case 'revoked':
        log('identity.revoked', {});
        return;
      case 'reinstated':
        log('identity.reinstated', {});
        return;
    }
  };

export const narrateRetention =
  (log: Log) =>
  (news: RetentionNews): void => {
    switch (news.is) {
      case 'pruned': {
        const { entries, words, transactions } = news;
        log('ledger.pruned', { entries, words, transactions });
        return;
      }
      case 'kept':
        log('ledger.kept', { why: news.why, transactionId: news.transactionId });
        return;
      case 'failed':
        log('ledger.prune_failed', { fault: news.fault });
        return;
    }
  };

export const narrateWatch =
  (log: Log) =>
  ({ sinceMs, count }: Parameters<WatchParts['tell']>[0]): void => {
    log('reversal.stuck', { sinceMs, count });
  };

export const narrateReader =
  (log: Log, readerId: string) =>
  (news: PostNews): void => {
    switch (news.is) {
      case 'moved':
        log('reader.moved', { readerId, from: news.from, to: news.to });
        return;
      case 'ready': {
        const { securityLevel, firmware } = news.identity;
        log('reader.ready', { readerId, securityLevel, firmware });
        return;
      }
      case 'lost':
        log('reader.lost', { readerId, why: news.why, detail: news.detail });
        return;
      // Counted, and told by the payment they are for.
      case 'card':
      case 'bad read':
        return;
      case 'noise':
        log('reader.noise', { readerId, byteCount: news.byteCount });
        return;
    }
  };

export const narrateClock =
  (log: Log) =>
  (news: ClockNews): void => {
    switch (news.is) {
      case 'raised':
        log('clock.raised', { byMs: news.byMs });
        return;
      case 'set back':
        log('clock.set_back', { byMs: news.byMs });
        return;
      case 'behind':
        log('clock.behind', { byMs: news.byMs });
        return;
      case 'ahead':
        log('clock.ahead', { byMs: news.byMs });
        return;
      case 'corrected': {
        const { fromSeq, throughSeq, byMs } = news;
        log('clock.corrected', { fromSeq, throughSeq, byMs });
        return;
      }
    }
  };
