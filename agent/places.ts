/** Where things are in the data directory: for the agent that writes them and the CLI that reads. */
export const places = {
  ledger: 'ledger.sqlite',
  exports: 'exports',
  lock: 'agent.lock',
  api: 'api.json',
  identity: 'identity',
  device: 'identity/device.json',
  portalKeys: 'identity/portal-keys.json',
  certificate: 'identity/device.crt',
  privateKey: 'identity/device.key',
  authority: 'identity/ca.crt',
  portal: 'identity/portal.json',
  registeringKey: 'identity/registering.key',
  registration: 'identity/registration.json',
  tries: 'identity/tries.json',
  localKey: 'identity/local.key',
  wrappingKey: 'identity/wrapping.key',
  recoveryKey: 'identity/recovery.key',
  renewingKey: 'identity/renewing.key',
  renewal: 'identity/renewal.json',
  velocityKey: 'identity/velocity.key',
} as const;
export type Place = keyof typeof places;
