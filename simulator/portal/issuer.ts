/** The issuer of the test cards: what it sends a chip with its answer (EMV 4.3 book 2, 8.2.1, method 1). */
import type { ChipData } from '../../contract/index.ts';
import { issuerProof } from '../readers/cryptogram.ts';

/**
 * Tag 91 for a chip that asked its issuer, in upper-case hex; `undefined` where none asked, or where a value
 * the proof is made of did not come.
 */
export const issuerDataOf = (
  pan: string,
  { cryptogramType, tags }: ChipData,
  responseCode: string,
): string | undefined => {
  const { '9F26': request, '9F36': counter, '5F34': sequence } = tags;
  if (cryptogramType !== 'ARQC') return undefined;
  if (request === undefined || counter === undefined || sequence === undefined) return undefined;
  const key = { pan, sequence, counter: Buffer.from(counter, 'hex') };
  const proof = issuerProof(key, Buffer.from(request, 'hex'), responseCode);
  return Buffer.of(0x91, proof.length, ...proof)
    .toString('hex')
    .toUpperCase();
};
