import { Cbor, lookup_path, LookupPathStatus, reconstruct, requestIdOf, type HashTree } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../simnet/ic/bytes.ts';
import { decodeCbor, encodeCbor, type Cbor as Value } from '../../simnet/ic/cbor.ts';
import { hashOfMap } from '../../simnet/ic/certificate.ts';
import { rootHash, treeToCbor, witness, type State } from '../../simnet/ic/hash-tree.ts';
import { principalFromText, principalToText } from '../../simnet/ic/principal.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
// No key of the protocol begins with an underscore, and the SDK drops `__proto__`.
const key = fc.stringMatching(/^[a-z][a-z_]{0,11}$/);

describe('CBOR', () => {
  test('reads back what it wrote, and the SDK reads the same', () => {
    const value = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        number,
        fc.string(),
        bytes,
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(key, tie('value'), { noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(value, (original) => {
        const encoded = encodeCbor(original);
        expect(decodeCbor(encoded)).toEqual(original);
        expect(widened(Cbor.decode(encoded))).toEqual(original);
      }),
    );
  });

  test('reads what the SDK wrote', () => {
    fc.assert(
      fc.property(fc.dictionary(key, fc.oneof(number, bytes, fc.string()), { noNullPrototype: true }), (map) => {
        expect(decodeCbor(Cbor.encode(map))).toEqual(map);
      }),
    );
  });

  test.each(['', '81', '5f', 'a10102', '9f01ff', '0000', 'fb3ff0000000000000', '1c'])('%s is refused', (hex) => {
    expect(() => decodeCbor(Buffer.from(hex, 'hex'))).toThrow();
  });
});

/** The SDK gives small integers as numbers. */
function widened(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(widened);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, widened(inner)]));
}

test('a principal is written and read as the SDK does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 29 }), (id) => {
      const text = Principal.fromUint8Array(id).toText();
      expect(principalToText(id)).toBe(text);
      expect(principalFromText(text)).toEqual(id);
    }),
  );
});

test.each(['', 'rrkah', 'rrkah-fqaaa-aaaaa-aaaaq-cab', 'RRKAH-FQAAA-AAAAA-AAAAQ-CAI', 'rrkahfqaaaaaaaaaaaqcai'])(
  '%j is no principal',
  (text) => expect(principalFromText(text)).toBeUndefined(),
);

test('a request has the id that the SDK gives it', () => {
  const content = fc.dictionary(key, fc.oneof(number, bytes, fc.string(), fc.array(fc.array(bytes))), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(content, (map) => {
      expect(hashOfMap(map)).toEqual(new Uint8Array(requestIdOf(map)));
    }),
  );
});

describe('a hash tree', () => {
  const state: State = [
    ['b', utf8('two')],
    [
      'a',
      [
        ['x', utf8('one')],
        ['y', utf8('other')],
      ],
    ],
    ['d', [['z', utf8('four')]]],
    ['c', []],
  ];
  const sdkTree = (paths: string[][]): HashTree =>
    narrowed(
      treeToCbor(
        witness(
          state,
          paths.map((path) => path.map((label) => utf8(label))),
        ),
      ),
    ) as HashTree;

  test.each([[[[]]], [[['a']]], [[['a', 'y'], ['d']]], [[['bb']]], [[['zz', 'y']]], [[]]])(
    'over %j keeps the root',
    async (paths: string[][]) => {
      const root = rootHash(witness(state, [[]]));
      expect(new Uint8Array(await reconstruct(sdkTree(paths)))).toEqual(root);
    },
  );

  test('shows what was asked for, hides the rest and proves what is absent', () => {
    const tree = sdkTree([['a', 'y'], ['bb']]);
    expect(lookup_path(['a', 'y'], tree)).toMatchObject({ status: LookupPathStatus.Found, value: utf8('other') });
    expect(lookup_path(['a', 'x'], tree).status).toBe(LookupPathStatus.Unknown);
    expect(lookup_path(['bb'], tree).status).toBe(LookupPathStatus.Absent);
    expect(lookup_path(['d', 'z'], tree).status).toBe(LookupPathStatus.Unknown);
  });
});

/** The SDK's trees hold numbers where CBOR holds integers. */
function narrowed(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value);
  return Array.isArray(value) ? value.map(narrowed) : value;
}
