/** The types of `index.mjs`, for the tests that read it. */
export type Tables = Readonly<Record<string, unknown>>;
export interface MadeDocument {
  readonly path: string;
  readonly write: (tables: Tables, read: (path: string) => string) => string;
}
export declare const documents: readonly MadeDocument[];
export declare const modules: readonly string[];
export declare const loadTables: (load: (path: string) => Promise<unknown>) => Promise<Tables>;
