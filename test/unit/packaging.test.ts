/** What is packaged for a system: the udev rules know every maker whose readers the agent knows. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readerMakers, readerModels } from '../../drivers/index.ts';

const rules = readFileSync(
  new URL('../../packaging/udev/70-holdfast-readers.rules', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

const hex = (id: number): string => id.toString(16).padStart(4, '0');
const vendors = [
  ...new Set([
    ...readerModels.map(({ vendorId }) => vendorId),
    ...Object.keys(readerMakers).map(Number),
  ]),
].map(hex);

describe('the udev rules', () => {
  test.each(vendors)(
    'keep ModemManager away from %s, and give its readers to their group',
    (id) => {
      const [ignore = ''] = rules.filter((rule) => rule.includes('ID_MM_DEVICE_IGNORE'));
      expect(ignore).toContain('ENV{DEVTYPE}=="usb_device"');
      expect(/ATTR\{idVendor\}=="([^"]+)"/.exec(ignore)?.[1]?.split('|')).toContain(id);
      for (const subsystem of ['hidraw', 'tty']) {
        const own = rules.filter(
          (rule) => rule.startsWith(`SUBSYSTEM=="${subsystem}"`) && rule.includes(`=="${id}"`),
        );
        expect(own).toHaveLength(1);
        expect(own[0]).toContain('GROUP="cardreader", MODE="0660"');
      }
    },
  );

  test('open no reader to everybody, and none as a keyboard', () => {
    expect(rules.filter((rule) => /0666|SUBSYSTEM=="input"/.test(rule))).toEqual([]);
  });

  test('match and assign as udev writes it, one pair after the other', () => {
    const pair = String.raw`[A-Z]+(?:\{[\w/]+\})?(?:==|!=|\+=|=)"[^"]*"`;
    for (const rule of rules) expect(rule).toMatch(new RegExp(`^${pair}(?:, ${pair})*$`));
  });
});
