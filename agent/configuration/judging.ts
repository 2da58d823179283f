/**
 * Judging: every part that works with settings may say no to a version, before anything of it is tried. A
 * part that does not answer in time has said no.
 */
import type { Fault, Settings } from '../../config/index.ts';
import type { Clock } from '../world.ts';

/** How long a part may take to judge a version, ms. */
export const judgedWithinMs = 10_000;

/** A part that judges settings it is to work with. */
export interface Judge {
  /** What it is called in the reason. */
  readonly part: string;
  /** Why it cannot work with these instead of those it has; `undefined` when it can. */
  judge(settings: Settings, now: Settings): Promise<Fault | undefined> | Fault | undefined;
}

/** The first fault any of them finds, in their order; never rejects. */
export const judgedBy = async (
  judges: readonly Judge[],
  settings: Settings,
  now: Settings,
  clock: Clock,
): Promise<Fault | undefined> => {
  const found = await Promise.all(
    judges.map((judge) => answerOf(judge.part, () => judge.judge(settings, now), clock)),
  );
  return found.find((fault) => fault !== undefined);
};

const answerOf = async (
  part: string,
  judge: () => Promise<Fault | undefined> | Fault | undefined,
  clock: Clock,
): Promise<Fault | undefined> => {
  let callOff = (): void => {};
  const late = new Promise<Fault>((resolve) => {
    callOff = clock.after(judgedWithinMs, () =>
      resolve({
        code: 'veto_timed_out',
        why: `The ${part} did not say within ${judgedWithinMs / 1_000} s whether it can; that is a no.`,
      }),
    );
  });
  try {
    return await Promise.race([Promise.resolve(judge()), late]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { code: 'veto_failed', why: `The ${part} could not judge this (${why}).` };
  } finally {
    callOff();
  }
};
