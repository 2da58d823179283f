/** The recorder hears what devices say on a real broker, and the scanner finds what should not be there. */
import { expect, test } from 'vitest';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { subjectName, topicOf } from '../../contract/index.ts';
import { brokerParty } from '../rigs/broker-party.ts';
import { cardScanner } from '../rigs/card-scan.ts';
import { portalName } from '../rigs/mosquitto.ts';
import { Recorder } from '../rigs/recorder.ts';
import { RememberedSession } from '../rigs/session.ts';
import { until } from '../../simulator/shop/until.ts';

const subject = { clientId: 'cli_1', deviceId: 'dev-1' };
// A published test number.
const pan = '4111111111111111';

test('a card number in any payload of any device is found where it was said', async () => {
  const party = await brokerParty();
  const recorder = new Recorder();
  const ears = await recorder.listen(mqttDial(), party.settings(portalName));
  const device = new RememberedSession(mqttDial(), party.settings(subjectName(subject)));
  await device.connected();
  const topic = topicOf({ is: 'device', subject, channel: 'signal/log' });
  const sealed = Buffer.from(`card ${pan}`).toString('base64');
  await device.publish(topic, JSON.stringify({ sealed }), { qos: 0 });
  await until('it was recorded', () => recorder.seen(`MQTT ${topic}`) > 0);
  const found = recorder.scan(cardScanner({ pans: [pan], tracks: [] }));
  expect(found).toMatchObject([{ where: `MQTT ${topic}`, form: 'base64' }]);
  device.session.close('at once');
  ears.close('at once');
  await party.close();
});

test('a recorder that cannot listen says so', async () => {
  const party = await brokerParty();
  await party.mosquitto.stop();
  const listening = new Recorder().listen(mqttDial(), party.settings(portalName));
  await expect(listening).rejects.toThrow(/cannot listen: .*ECONNREFUSED/);
  await party.close();
});
