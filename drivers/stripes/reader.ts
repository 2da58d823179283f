/** A reader of stripes: what is asked of it, handed to its machine. */
import type { Reader } from '../reader.ts';
import type { Playing } from '../turns.ts';

/** What every machine of a stripe reader hears from whoever uses the reader. */
export type Handled =
  | { readonly is: 'arm' }
  | { readonly is: 'disarm' }
  | { readonly is: 'test' }
  | { readonly is: 'close' };

/** A reader whose machine hears what is asked of it. A stripe waits for no answer. */
export const stripeReader = ({ tell, line }: Playing<Handled>): Reader => ({
  arm: () => {
    // A card that had begun to come was meant for somebody else's sale.
    line.skip();
    tell({ is: 'arm' });
  },
  answer: () => {},
  disarm: () => tell({ is: 'disarm' }),
  test: () => tell({ is: 'test' }),
  close: () => tell({ is: 'close' }),
});
