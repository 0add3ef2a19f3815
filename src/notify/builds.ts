import { z } from 'zod';
import type { VerdictDocument } from '../domain/verdict-document.ts';

const built = z.object({
  kind: z.literal('build'),
  source: z.string(),
  observedAt: z.string(),
  value: z.object({
    builder: z.string(),
    seconds: z.number(),
    exitCode: z.number().nullable(),
    signal: z.string().nullable(),
  }),
  file: z.string().optional(),
});

/** One build that a verdict rests on: where it ran, how it ended, and under which SHA-256 its log is kept. */
export type BuildView = z.infer<typeof built>;

/** The builds of a verdict, the first one first; the last may be that which confirms. */
export function buildsOf({ evidence }: VerdictDocument): readonly BuildView[] {
  return evidence.flatMap((each) => built.safeParse(each).data ?? []);
}
