/** Sessions: people sign in, with a token for a program of theirs or a cookie for the console, and out. */
import { Type, type Static } from 'typebox';
import { roles } from '../../contract/index.ts';
import { isoTime } from '../payments/view.ts';
import type { Shop } from '../shop.ts';
import { cookieIn, cookieOf } from './access.ts';
import { ok, refused, route, type Answer, type Ask, type CallClock } from './route.ts';
import { IsoTime, text } from './shapes.ts';

const SignIn = Type.Object(
  {
    user: text(64),
    password: Type.String({ minLength: 1, maxLength: 256 }),
    totp: Type.Optional(
      Type.String({ pattern: '^[0-9]{6}$', description: 'What the app on the phone shows now.' }),
    ),
    recoveryCode: Type.Optional(text(64)),
    console: Type.Optional(
      Type.Boolean({ description: 'For a browser: a cookie instead of a token.' }),
    ),
  },
  { additionalProperties: false },
);

const SessionShape = Type.Object({
  token: Type.Optional(Type.String({ description: 'Send it as `Authorization: Bearer`.' })),
  csrfToken: Type.Optional(
    Type.String({ description: 'Of a console: send it as X-CSRF-Token with all but GET.' }),
  ),
  userId: Type.String(),
  name: Type.String(),
  role: Type.Enum([...roles]),
  expiresAt: IsoTime,
  idleMinutes: Type.Integer({ description: 'It ends before, when it is not used for so long.' }),
});

const openSession = async (
  ask: Ask<Static<typeof SignIn>>,
  { access, settings }: Shop,
  clock: CallClock,
): Promise<Answer> => {
  const { console: isConsole = false, ...given } = ask.body;
  const kind = isConsole ? 'console' : 'bearer';
  const replaces = cookieIn(ask.header('cookie'));
  const signedIn = await access.signIn({ ...given, kind, replaces });
  if (signedIn.is === 'refused') return signedIn;
  const { person, token, csrfToken } = signedIn;
  const hours = settings['session.hours'];
  return {
    is: 'answered',
    status: 201,
    body: {
      ...(isConsole ? { csrfToken } : { token }),
      ...{ userId: person.userId, name: person.name, role: person.role },
      expiresAt: isoTime(clock.wallMs() + hours * 3_600_000),
      idleMinutes: settings['session.idleMinutes'],
    },
    ...(isConsole ? { headers: { 'Set-Cookie': cookieOf(token, ask.isSecure) } } : {}),
  };
};

const endSession = (ask: Ask, { access }: Shop): Answer => {
  if (ask.by.kind !== 'user') return refused('conflict', 'A key has no session to end.');
  access.signOut(ask.by);
  const headers = { 'Set-Cookie': cookieOf('', ask.isSecure) };
  return { ...ok({ ended: true }), headers };
};

export const sessionRoutes = [
  route({
    name: 'openSession',
    method: 'POST',
    path: '/v1/sessions',
    says: 'Signs somebody in whom the portal has told the device of.',
    open: true,
    body: SignIn,
    answers: { 201: { says: 'Signed in.', schema: SessionShape } },
    refusals: [
      'sign_in_refused',
      'no_users_yet',
      'locked_out',
      'too_many_failures',
      'sign_in_busy',
      'storage_unavailable',
      'stopping',
    ],
    answer: openSession,
  }),
  route({
    name: 'endSession',
    method: 'DELETE',
    path: '/v1/sessions/current',
    says: 'Ends the session this is asked with.',
    needs: 'look',
    answers: {
      200: { says: 'It is over.', schema: Type.Object({ ended: Type.Literal(true) }) },
    },
    refusals: ['conflict'],
    answer: endSession,
  }),
];
