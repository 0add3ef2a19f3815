import type { Collector } from '../../domain/ports.ts';
import { sha256 } from '../../platform/hash.ts';
import { parseMeasurementsFile } from '../measurements-file.ts';
import { getTwice, observedWith, unavailableFrom, type WebDeps } from './http-answer.ts';

const MAX_BYTES = 4 * 1024 * 1024;

/** Reads a published launch-measurements.json, always afresh. */
export function createMeasurementsCollector(deps: WebDeps): Collector<'measurements'> {
  return {
    kind: 'measurements',
    collect: async ({ subject: url }, context) => {
      try {
        const { body } = await getTwice(deps, url, MAX_BYTES, context);
        const value = { sha256: sha256(body), bytes: body.length, entries: parseMeasurementsFile(body) };
        return await observedWith(deps, value, url, body);
      } catch (thrown) {
        return unavailableFrom(thrown, url, deps.clock.now());
      }
    },
  };
}
