import { open, readFile } from 'node:fs/promises';

const BYTES = 4096;

/** A short text that outlives its process and can be changed while the disk is full: its room was taken before. */
export class NoteFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes the room, where there is no note yet. */
  async prepare(): Promise<void> {
    const file = await open(this.#path, 'a', 0o600);
    try {
      const { size } = await file.stat();
      if (size < BYTES) await file.writeFile(' '.repeat(BYTES - size));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Empty where nothing was written, or nothing can be read. */
  async read(): Promise<string> {
    return (await readFile(this.#path, 'utf8').catch(() => '')).trim();
  }

  /** At most 4096 bytes; in place, so a crash in between leaves part of it. Throws where it was not prepared. */
  async write(text: string): Promise<void> {
    const bytes = Buffer.alloc(BYTES, ' ');
    bytes.write(text);
    const file = await open(this.#path, 'r+');
    try {
      await file.write(bytes, 0, BYTES, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
