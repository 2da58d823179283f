/** The members of an object that are there, among those that are named; an absent one stays absent. */
export const present = <O extends object, N extends keyof O>(from: O, ...names: N[]): Pick<O, N> =>
  Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  ) as Pick<O, N>;
