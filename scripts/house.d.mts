/** The types of `house.mjs`, for the tests that read it. */
export declare const floors: Readonly<Record<string, readonly string[]>>;
export declare const production: readonly string[];
export declare const doors: Readonly<Record<string, readonly string[]>>;
export declare const doorsToCome: readonly string[];
export declare const realWorld: readonly string[];
export declare const pure: readonly string[];
export declare const pureMayImport: readonly string[];
export declare const programs: readonly string[];
export declare const roots: readonly string[];
export declare const budgets: {
  readonly fileLines: number;
  readonly fileLinesMedian: number;
  readonly functionLines: number;
  readonly lineCharacters: number;
  readonly complexity: number;
  readonly parameters: number;
  readonly blobBytes: number;
};
