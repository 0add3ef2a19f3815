import type { Measured } from '../app/measure.ts';
import { MARKS, type Mark } from '../domain/marks.ts';
import type { MeasuredImage } from '../domain/measured-image.ts';
import { plainText } from '../domain/text.ts';
import { EXIT } from './exit-codes.ts';

/** 0: all that was asked for is found, and each command line demands the root partition that lies in the image. */
export function measureCode({ measured }: Measured): number {
  if (measured === null) return EXIT.inconclusive;
  const roots = measured.bootArgs.map(({ rootHash }) => rootMark(rootHash, measured.rootHash));
  if (measured.notFound.length > 0 || roots.includes('mismatch')) return EXIT.mismatch;
  return roots.every((mark) => mark === 'verified') ? EXIT.verified : EXIT.inconclusive;
}

export function measureText({ network, measured, why }: Measured): string {
  const head = network === 'mainnet' ? [] : [network];
  const lines = measured === null ? [`${MARKS.inconclusive} ${plainText(why ?? '', 500)}`] : imageLines(measured);
  return [...head, ...lines].map((line) => `${line}\n`).join('');
}

function imageLines(image: MeasuredImage): string[] {
  const { sha256, bytes, bootArgs, rootHash, matches, notFound } = image;
  return [
    `Image ${sha256}, ${bytes} bytes`,
    `Root partition, dm-verity root: ${rootHash ?? 'none'}`,
    ...bootArgs.flatMap(({ name, commandLine, rootHash: demanded }) => [
      `${MARKS[rootMark(demanded, rootHash)]} ${plainText(name, 60)}: ${rootSentence(demanded, rootHash)}`,
      `    ${plainText(commandLine, 1000)}`,
    ]),
    'Launch measurements:',
    ...matches.map(
      ({ measurement, bootArgs: name, vcpuTypes, vcpus }) =>
        `${MARKS.verified} ${measurement}\n    ${plainText(name, 60)}, ${vcpuTypes[0] ?? '?'} × ${vcpus}`,
    ),
    ...notFound.map(
      (digest) => `${MARKS.mismatch} ${digest}\n    not given by any processor type and count from 1 to 256`,
    ),
    'Type and count of processors are not in the image: both were searched.',
  ];
}

/** What cannot be compared contradicts nothing, and proves nothing. */
function rootMark(demanded: string | null, rootHash: string | null): Mark {
  if (demanded === null || rootHash === null) return 'inconclusive';
  return demanded === rootHash ? 'verified' : 'mismatch';
}

function rootSentence(demanded: string | null, rootHash: string | null): string {
  if (demanded === null) return 'demands no root hash';
  if (rootHash === null) return `demands the root partition ${demanded}; the one in the image has no verity tree`;
  return demanded === rootHash ? 'demands this root partition' : `demands another root partition, ${demanded}`;
}

/** `nns-watch/measure@1`. */
export function measureJson({ network, toolVersion, measured, why }: Measured) {
  return { schema: 'nns-watch/measure@1', network, measured, why, tool: { name: 'nns-watch', version: toolVersion } };
}
