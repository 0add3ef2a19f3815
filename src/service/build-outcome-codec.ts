import { z } from 'zod';
import { COMPONENTS, type Component } from '../domain/component.ts';
import type { BuildReport, FileHash, MeasurementsFile, Observation, UnavailableKind } from '../domain/evidence.ts';
import { parseSha256, type Sha256 } from '../domain/ids.ts';
import type { BuildOutcome } from '../domain/ports.ts';

/** A build's outcome as JSON, on its way from the builder to whoever asked for it. */
export function encodeBuildOutcome({ build, images, measurements }: BuildOutcome): unknown {
  return { build, images: [...images], measurements };
}

/** null where it is not an outcome in every part: then the build is done again rather than believed. */
export function decodeBuildOutcome(result: unknown): BuildOutcome | null {
  const read = outcome.safeParse(result);
  if (!read.success) return null;
  const { build, images, measurements } = read.data;
  return {
    build: build as Observation<BuildReport>,
    images: new Map(images as [Component, Observation<FileHash>][]),
    measurements: measurements as Observation<MeasurementsFile>,
  };
}

const sha256 = z.string().transform((text, context): Sha256 => {
  const parsed = parseSha256(text);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: 'must be a SHA-256' });
  return z.NEVER;
});
const count = z.number().int().nonnegative();
const seen = { source: z.string(), observedAt: z.number(), file: sha256.optional() };

const KINDS = [
  'transport',
  'rejected',
  'untrusted',
  'malformed',
  'limit',
  'input',
  'storage',
  'host',
  'bug',
  'absent',
] as const satisfies readonly UnavailableKind[];
const missing = z.object({
  status: z.literal('unavailable'),
  kind: z.enum(KINDS),
  code: z.string(),
  detail: z.string(),
  retryable: z.boolean(),
  ...seen,
});
const look = <T extends z.ZodType>(value: T) =>
  z.union([z.object({ status: z.literal('observed'), value, ...seen }), missing]);

const report = z.object({
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  seconds: z.number().nonnegative(),
  logBytes: count,
  logTruncated: z.boolean(),
  leftBehind: count,
  treeDirty: z.boolean(),
  treeNotCompared: z.string().optional(),
  builder: z.string(),
});
const file = z.object({ sha256, bytes: count });
const entry = z.object({
  measurement: z.string(),
  kernelCmdline: z.string().nullable(),
  vcpuType: z.string().nullable(),
});
const component = z.enum(COMPONENTS.map((row) => row.component) as [Component, ...Component[]]);

const outcome = z.object({
  build: look(report),
  images: z.array(z.tuple([component, look(file)])),
  measurements: look(file.extend({ entries: z.array(entry).nullable() })),
});
