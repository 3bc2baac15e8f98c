import highlighter from 'highlight.js/lib/core';
import type { LanguageFn } from 'highlight.js';
import MarkdownIt from 'markdown-it';
import { languageOf } from './code-language.ts';
import type { Block } from './preview-questions.ts';

/** What is longer is shown as it is: a hundred thousand coloured words are more than a page can bear. */
const maxCodeLength = 150_000;
const grammars = import.meta.glob<LanguageFn>(
  '/node_modules/highlight.js/es/languages/{bash,c,clojure,cmake,cpp,csharp,css,dart,diff,dockerfile,dos,elixir,erlang,go,gradle,graphql,haskell,ini,java,javascript,json,julia,kotlin,latex,less,lua,makefile,markdown,nim,nix,ocaml,perl,php,powershell,protobuf,python,r,ruby,rust,scala,scss,sql,swift,tcl,typescript,xml,yaml}.js',
  { import: 'default' },
);

/** HTML for each block; undefined for code that has no colours. Markup inside of a block comes out as text. */
export async function renderBlocks(blocks: Block[]): Promise<(string | undefined)[]> {
  for (const { kind, text, language } of blocks) {
    if (kind === 'code' && language) await loadGrammar(language);
    // The words behind the fences name what the code between them is written in.
    if (kind === 'markdown') {
      for (const [, word] of text.matchAll(/^[\t >]*(?:`{3,}|~{3,})[\t ]*([\w-]{1,20})/gm))
        await loadGrammar(languageOf(word ?? ''));
    }
  }
  const markdown = new MarkdownIt({
    html: false,
    linkify: false,
    highlight: (code, word) => highlight(code, languageOf(word)) ?? '',
  });
  return blocks.map(({ kind, text, language }) =>
    kind === 'markdown' ? markdown.render(text) : highlight(text, language),
  );
}

async function loadGrammar(language: string | undefined): Promise<void> {
  const load = grammars[`/node_modules/highlight.js/es/languages/${language}.js`];
  if (!language || !load || highlighter.getLanguage(language)) return;
  highlighter.registerLanguage(language, await load());
}

function highlight(code: string, language: string | undefined): string | undefined {
  if (!language || code.length > maxCodeLength || !highlighter.getLanguage(language)) return undefined;
  return highlighter.highlight(code, { language, ignoreIllegals: true }).value;
}
