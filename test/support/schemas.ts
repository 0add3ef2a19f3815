import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

const read = (name: string): object =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, '../../docs/schema', name), 'utf8')) as object;

const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
});
const verdict = ajv.compile(read('verdict-1.schema.json'));
const notice = ajv.compile(read('notice-1.schema.json'));

/** What the published schema has against a document; empty: nothing. */
export function faultsOf(schema: 'verdict' | 'notice', document: unknown): string[] {
  const validate = { verdict, notice }[schema];
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}
