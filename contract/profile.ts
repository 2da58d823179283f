/**
 * The profile of a device: what it is, in the portal's own words (`type`, `name`, `manufacturer`, `model`,
 * `operatingSystem`), and under `agent` what only this agent tells.
 */
import { Type, type Static } from 'typebox';

export const deviceTypes = ['Terminal', 'Mobile'] as const;

/** The most characters a text of a profile has. */
export const profileTextMost = 64;

const Text = Type.String({
  minLength: 1,
  maxLength: profileTextMost,
  pattern: '^[^\\p{C}]*$',
});

export const Profile = Type.Object({
  type: Type.Enum([...deviceTypes]),
  name: Text,
  manufacturer: Type.Optional(Text),
  model: Type.Optional(Text),
  operatingSystem: Type.Optional(Text),
  agent: Type.Object({
    version: Text,
    node: Text,
    arch: Text,
    serialNumber: Type.Optional(Text),
  }),
});
export type Profile = Static<typeof Profile>;

/** A text as a profile may hold it: printable, one line, not too long; `undefined` when nothing is left. */
export const profileText = (found: string): string | undefined => {
  const clean = found.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  const text = [...clean].slice(0, profileTextMost).join('').trim();
  return text === '' ? undefined : text;
};
