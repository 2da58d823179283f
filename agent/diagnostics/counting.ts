/** Counting: turns the news of a card reader into counts. */
import type { PostNews } from '../readers/post.ts';
import { metrics } from './metrics.ts';
import type { Tally } from './tally.ts';

const { holdfast_reader_losses_total: losses } = metrics;
const { holdfast_reader_cards_total: cards } = metrics;
const { holdfast_reader_bad_reads_total: badReads } = metrics;

/** Counts what a reader of this name tells; all that can be counted is there from the start, with 0. */
export const countReader = (tally: Tally, reader: string): ((news: PostNews) => void) => {
  for (const why of losses.labels.why) {
    tally.count('holdfast_reader_losses_total', { reader, why }, 0);
  }
  for (const entryMode of cards.labels.entry_mode) {
    tally.count('holdfast_reader_cards_total', { reader, entry_mode: entryMode }, 0);
  }
  for (const why of badReads.labels.why) {
    tally.count('holdfast_reader_bad_reads_total', { reader, why }, 0);
  }
  tally.count('holdfast_reader_noise_bytes_total', { reader }, 0);
  return (news) => {
    switch (news.is) {
      case 'ready':
        return;
      case 'lost':
        return tally.count('holdfast_reader_losses_total', { reader, why: news.why });
      case 'card':
        return tally.count('holdfast_reader_cards_total', { reader, entry_mode: news.entryMode });
      case 'bad read':
        return tally.count('holdfast_reader_bad_reads_total', { reader, why: news.why });
      case 'noise':
        return tally.count('holdfast_reader_noise_bytes_total', { reader }, news.byteCount);
    }
  };
};
