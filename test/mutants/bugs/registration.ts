/** Bugs a registration could have: in what a power cut costs, and in what is believed of an answer. */
import type { Bug } from '../bug.ts';

const file = 'agent/identity/registration.ts';
const caughtBy = { tests: ['test/unit/identity/registration.test.ts'] } as const;

export const registrationBugs: readonly Bug[] = [
  {
    name: 'another key is made for every request to register',
    edits: [{ file, find: `  if (kept !== undefined) return kept;\n`, put: '' }],
    caughtBy,
  },
  {
    name: 'the grant is forgotten before its files are in place',
    edits: [
      {
        file,
        find: `  const privateKey = directory.read('registeringKey');\n`,
        put: `  const privateKey = directory.read('registeringKey');\n  directory.remove('registration');\n`,
      },
    ],
    caughtBy,
  },
  {
    name: 'the key goes before the certificate is in place',
    edits: [
      {
        file,
        find: `    if (ca !== undefined) directory.write('authority', ca);`,
        put: `    directory.remove('registeringKey');
    if (ca !== undefined) directory.write('authority', ca);`,
      },
    ],
    caughtBy,
  },
  {
    name: 'a certificate made out to another is taken',
    edits: [
      {
        file,
        find: `    if (commonName !== \`\${clientId}/\${deviceId}\`)`,
        put: `    if (commonName === '')`,
      },
    ],
    caughtBy,
  },
];
