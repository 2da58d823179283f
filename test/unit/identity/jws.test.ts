/** Signed messages: what opens, and everything that does not. */
import { createHmac, sign as signBytesOf, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openerOf, signerOf } from '../../../agent/identity/jws.ts';
import { privateKeyOf, rawPublicOf } from '../../../agent/identity/raw-keys.ts';

const seedOf = (fill: number) => new Uint8Array(32).fill(fill);
const keyOf = (fill: number) => rawPublicOf(privateKeyOf('ed25519', seedOf(fill)));
const here = { typ: 'log/up/ack', sub: 'cli_1/dev-1' };
const payload = { through: 7, text: 'é 🍋' };

const sign = signerOf('portal-1', seedOf(1));
const open = openerOf([
  { keyId: 'portal-1', key: keyOf(1) },
  { keyId: 'portal-2', key: keyOf(2) },
]);
const good = sign(payload, here);
const [head = '', body = '', signature = ''] = good.split('.');

const coded = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const header = { alg: 'EdDSA', kid: 'portal-1', ...here };

/** Signs any header with the right key, as an honest signer would not. */
const signedWith = (oddHeader: unknown, of: string = coded(payload)) => {
  const text = `${coded(oddHeader)}.${of}`;
  const key = privateKeyOf('ed25519', seedOf(1));
  return `${text}.${Buffer.from(signBytes(key, text)).toString('base64url')}`;
};

describe('a message opens', () => {
  test('as it was signed', () => {
    expect(open(good, here)).toEqual({ ok: true, payload });
  });

  test('from any key that is trusted', () => {
    const other = signerOf('portal-2', seedOf(2))(payload, here);
    expect(open(other, here)).toEqual({ ok: true, payload });
  });

  // RFC 8037, appendix A.4: the key and the signature of its example.
  test('by the key of the RFC: its example verifies as far as the channel', () => {
    const key = new Uint8Array(
      Buffer.from('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', 'base64url'),
    );
    const example =
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
    const seed = Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url');
    expect(Buffer.from(rawPublicOf(privateKeyOf('ed25519', seed)))).toEqual(Buffer.from(key));
    const [h = '', p = '', s = ''] = example.split('.');
    const made = signBytes(privateKeyOf('ed25519', seed), `${h}.${p}`);
    expect(Buffer.from(made).toString('base64url')).toBe(s);
  });
});

describe('a message does not open', () => {
  const rows: [string, string, RegExp][] = [
    [
      'with a changed payload',
      `${head}.${coded({ ...payload, through: 8 })}.${signature}`,
      /does not fit/,
    ],
    [
      'with a changed header',
      `${coded({ ...header, extra: 1 })}.${body}.${signature}`,
      /does not fit/,
    ],
    ['with the payload of another message', mixed(), /does not fit/],
    ['with another signature', `${head}.${body}.${coded('x'.repeat(64))}`, /does not fit/],
    ['with a signature cut short', `${head}.${body}.${signature.slice(0, 40)}`, /does not fit/],
    ['without a signature', `${head}.${body}.`, /does not fit/],
    ['signed by another key', signerOf('portal-1', seedOf(9))(payload, here), /does not fit/],
    ['signed by a key nobody knows', signerOf('portal-9', seedOf(9))(payload, here), /not trust/],
    [
      'with one trusted key named and another used',
      signerOf('portal-2', seedOf(1))(payload, here),
      /does not fit/,
    ],
    ['without a key', signedWith({ ...header, kid: undefined }), /not trust/],
    ['with a key every object has', signedWith({ ...header, kid: 'constructor' }), /not trust/],
    ['with the algorithm "none"', `${coded({ ...header, alg: 'none' })}.${body}.`, /algorithm/],
    ['with the algorithm HS256 and our public key as its secret', hmacSigned(), /algorithm/],
    [
      'with the algorithm Ed448 in its header',
      signedWith({ ...header, alg: 'Ed448' }),
      /algorithm/,
    ],
    [
      'with an extension it must understand',
      signedWith({ ...header, crit: ['b64'], b64: false }),
      /extension/,
    ],
    ['for another channel', sign(payload, { ...here, typ: 'live/res' }), /another channel/],
    ['for another device', sign(payload, { ...here, sub: 'cli_1/dev-2' }), /another device/],
    ['without a channel', signedWith({ ...header, typ: undefined }), /another channel/],
    ['of one part', 'abc', /three parts/],
    ['of two parts', `${head}.${body}`, /three parts/],
    ['of four parts', `${good}.x`, /three parts/],
    ['of nothing', '', /three parts/],
    ['of three nothings', '..', /not JSON/],
    ['with a header that is no JSON', `${coded('{')}.${body}.${signature}`, /not JSON/],
    ['with a header that is null', `${coded('null')}.${body}.${signature}`, /no object/],
    ['with a header that is a list', `${coded('[]')}.${body}.${signature}`, /algorithm/],
    ['with a payload that is no JSON', signedWith(header, coded('{"')), /not JSON/],
  ];

  test.each(rows)('%s', (_what, jws, why) => {
    expect(open(jws, here)).toMatchObject({ ok: false, why: expect.stringMatching(why) as string });
  });

  test('when nothing is trusted', () => {
    expect(openerOf([])(good, here)).toMatchObject({ ok: false });
  });

  test('with any single character changed', () => {
    // The last character of a part may hold bits that no byte does (RFC 4648 §3.5); those change nothing.
    const places = [...good.slice(0, -1)]
      .map((_, place) => place)
      .filter((at) => good[at + 1] !== '.');
    for (const place of places) {
      const other = good[place] === 'A' ? 'B' : 'A';
      const changed = good.slice(0, place) + other + good.slice(place + 1);
      expect(open(changed, here).ok, `character ${place}`).toBe(false);
    }
  });
});

function mixed(): string {
  const [, otherBody = ''] = sign({ through: 1 }, here).split('.');
  return `${head}.${otherBody}.${signature}`;
}

function hmacSigned(): string {
  const text = `${coded({ ...header, alg: 'HS256' })}.${body}`;
  return `${text}.${createHmac('sha256', keyOf(1)).update(text).digest('base64url')}`;
}

function signBytes(key: KeyObject, text: string): Buffer {
  return signBytesOf(null, Buffer.from(text), key);
}
