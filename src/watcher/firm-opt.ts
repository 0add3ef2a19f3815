import { IDL } from '@icp-sdk/core/candid';
import { throwOurs } from '../domain/errors.ts';
import { refuseSpaceBombs } from './candid-guard.ts';

type Pipe = Parameters<IDL.OptClass<unknown>['decodeValue']>[0];

/** A field was sent, but not as what we read it as. */
export class UnreadableField extends Error {
  readonly field: string;
  constructor(field: string, cause: unknown) {
    super(`field ${field} cannot be read`, { cause });
    this.field = field;
  }
}

/**
 * `opt T` that is null only where the sender says null or nothing. Candid's own `opt` also gives null when the value is
 * of another type, which would turn "cannot be read" into "is not there" without an error.
 * @see https://github.com/dfinity/candid/blob/master/spec/Candid.md#deserialisation (coercion of opt)
 */
class FirmOptClass<T> extends IDL.OptClass<T> {
  readonly #field: string;

  constructor(field: string, type: IDL.Type<T>) {
    super(type);
    this.#field = field;
  }

  override decodeValue(bytes: Pipe, wire: IDL.Type): [T] | [] {
    try {
      return this.#decode(bytes, wire);
    } catch (error) {
      throwOurs(error);
      throw error instanceof UnreadableField ? error : new UnreadableField(this.#field, error);
    }
  }

  #decode(bytes: Pipe, wire: IDL.Type): [T] | [] {
    const type = wire instanceof IDL.RecClass ? wire.getType() : wire;
    if (type === undefined) throw new Error('type without a definition');
    if (type instanceof IDL.NullClass) return [];
    if (!(type instanceof IDL.OptClass)) return [this._type.decodeValue(bytes, wire)];
    switch (bytes.readUint8()) {
      case 0:
        return [];
      case 1:
        return [this._type.decodeValue(bytes, (type as IDL.OptClass<T>)._type)];
      default:
        throw new Error('an option that is neither null nor a value');
    }
  }
}

/** `opt T`, firm. `field` names it in errors. */
export function firmOpt<T>(field: string, type: IDL.Type<T>): IDL.OptClass<T> {
  return new FirmOptClass(field, type);
}

/** A record of which every field is a firm `opt`. */
export function firmRecord(fields: Record<string, IDL.Type>): IDL.RecordClass {
  return IDL.Record(
    Object.fromEntries(Object.entries(fields).map(([name, type]): [string, IDL.Type] => [name, firmOpt(name, type)])),
  );
}

/** Decodes one value. The library reads from the start of the buffer below a view, so the bytes are copied into their own. */
export function decodeOne(type: IDL.Type, bytes: Uint8Array): unknown {
  const message = Uint8Array.from(bytes);
  refuseSpaceBombs(message);
  return IDL.decode([type], message)[0];
}
