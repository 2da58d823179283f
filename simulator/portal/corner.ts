/**
 * The corner of registration: hears what devices ask there, and answers. A code asks for a name; what is
 * signed with a recovery key asks for another certificate, or to be let go.
 */
import {
  channelOf,
  check,
  CornerRequest,
  linkLimits,
  type CornerResponse,
  type RegistrationRequest,
} from '../../contract/index.ts';
import type { Tell } from './events.ts';
import { readPayload } from './payload.ts';

export interface CornerOptions {
  readonly tell: Tell;
  readonly register: (request: RegistrationRequest) => CornerResponse;
  readonly renew: (signed: string, registrationId: string) => CornerResponse;
  readonly publish: (publication: { topic: string; payload: string }) => void;
}

/** Makes what hears a message of the corner; one that is no request is dropped, and told. */
export const cornerOf =
  ({ tell, register, renew, publish }: CornerOptions) =>
  (topic: string, payload: Uint8Array, retained: boolean): void => {
    const place = channelOf(topic);
    if (place?.is !== 'registration' || place.side !== 'req') return;
    const content = payload.length > linkLimits.messageBytes ? undefined : readPayload(payload);
    const request = check(CornerRequest, content);
    if (retained || !request.ok) {
      const why = 'no request for registration, or one that is too large or retained';
      tell({ is: 'message.dropped', topic: topic.slice(0, 128), why });
      return;
    }
    const { value } = request;
    const response =
      'signed' in value ? renew(value.signed, place.registrationId) : register(value);
    publish({ topic: topic.replace(/req$/, 'res'), payload: JSON.stringify(response) });
  };
