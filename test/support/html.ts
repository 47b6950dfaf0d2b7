import assert from 'node:assert/strict';
import { HtmlValidate } from 'html-validate';

/**
 * Judges a page by the HTML standard, with unique ids, labels and no inline styles. What is off stands on purpose: the
 * renderer writes void elements and empty attributes its own way.
 */
const JUDGE = new HtmlValidate({
  root: true,
  extends: ['html-validate:standard'],
  rules: {
    'no-inline-style': 'error',
    'no-dup-id': 'error',
    'void-style': 'off',
    'attribute-empty-style': 'off',
    'attribute-boolean-style': 'off',
    'doctype-style': 'off',
    'no-trailing-whitespace': 'off',
    'no-raw-characters': 'off',
    'long-title': 'off',
    // Names of people and events go into titles of any length and into texts of any kind.
    'tel-non-breaking': 'off',
    'require-sri': 'off',
    'no-redundant-role': 'off',
    'prefer-native-element': 'off',
    'no-implicit-button-type': 'error',
    'valid-autocomplete': 'error',
  },
});

/** Fails when a page, with its doctype, is not what the HTML standard asks for. */
export function assertValidHtml(html: string, name: string): void {
  const report = JUDGE.validateStringSync(html);
  const found = report.results.flatMap(({ messages }) =>
    messages.map((message) => `${message.ruleId}: ${message.message} (${message.selector ?? message.line})`),
  );
  assert.deepEqual(found, [], name);
}
