/** Turns one TypeScript file into what the build would make of it, without looking at its types. */
import ts from 'typescript';

export const transpile = (source: string): string =>
  ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
    fileName: 'planted.mts',
  }).outputText;
