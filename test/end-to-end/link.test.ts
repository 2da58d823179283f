/** The promises of the link, on Mosquitto with MQTT 5 and on the embedded broker with MQTT 3.1.1. */
import { openShop } from '../rigs/shop.ts';
import { linkPromises } from '../suites/link.ts';

linkPromises('over Mosquitto', 5, () => openShop({ broker: 'mosquitto' }));
linkPromises('over the embedded broker', 4, () => openShop({ broker: 'embedded' }));
