import { z } from 'zod';
import { noticeSchema } from './notice-schema.ts';
import { verdictSchema } from './verdict-schema.ts';

const PUBLISHED = { verdict: verdictSchema, notice: noticeSchema } as const;
export type Published = keyof typeof PUBLISHED;

/** The JSON Schemas of docs/schema, each by itself; the notice refers to the verdict by its name. */
export function publishedSchemas(): Readonly<Record<Published, object>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(PUBLISHED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `urn:nns-watch:${id}:1` });
  const titled = Object.entries(schemas).map(([name, schema]) => [name, { title: `nns-watch/${name}@1`, ...schema }]);
  return Object.fromEntries(titled) as Record<Published, object>;
}
