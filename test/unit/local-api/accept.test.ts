/** Accept: which media type a client is answered with. */
import { expect, test } from 'vitest';
import { nobody } from '../../../agent/access/asker.ts';
import { accepted } from '../../../agent/local-api/accept.ts';

const answeredWith = (accept: string | undefined) => {
  const ask = { path: {}, body: {}, query: {}, header: () => accept, by: nobody, isSecure: false };
  return accepted(ask, ['application/json', 'text/csv']);
};

test.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/json', 'application/json'],
  ['text/csv', 'text/csv'],
  ['TEXT/CSV', 'text/csv'],
  ['text/*', 'text/csv'],
  ['text/csv; header=present; q=0.9', 'text/csv'],
  ['application/json;q=0.5, text/csv;q=0.6', 'text/csv'],
  ['text/csv, application/json', 'application/json'],
  ['*/*;q=0.1, application/json;q=0', 'text/csv'],
  ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
  ['text/csv;q=nonsense', 'text/csv'],
])('%j is answered with %s', (accept, type) => {
  expect(answeredWith(accept)).toBe(type);
});

test.each(['text/html', 'application/json;q=0', 'image/*', 'text/csv;q=0, application/json;q=0.0'])(
  '%j is refused, and told what there is',
  (accept) => {
    expect(answeredWith(accept)).toMatchObject({
      ...{ is: 'refused', code: 'not_acceptable' },
      detail: expect.stringContaining('application/json or text/csv'),
    });
  },
);
