import { kindOf } from '../domain/proposal.ts';
import type { Shown } from '../domain/status-queries.ts';
import { verdictPicture } from '../domain/verdict-picture.ts';
import { createLimiter } from '../platform/limiter.ts';
import { pngOf } from '../platform/png.ts';
import { kindText } from './page-parts.ts';

/** So many pictures are kept: those of the open elections, as a rule. */
const KEPT = 20;

type Draw = (svg: string) => Promise<Uint8Array<ArrayBuffer>>;

/** Pictures of verdicts, drawn one at a time: files and names wait for the same threads. One that cannot be drawn is told once and costs nothing but itself. */
export class Pictures {
  readonly #kept = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  readonly #failed: (error: unknown) => void;
  readonly #draw: Draw;
  readonly #inTurn = createLimiter(1);
  #broken = false;

  /** `failed`: told of the first picture that cannot be drawn. */
  constructor(failed: (error: unknown) => void, draw: Draw = pngOf) {
    this.#failed = failed;
    this.#draw = draw;
  }

  /** The last picture could not be drawn: pages name none until one can be. */
  get areBroken(): boolean {
    return this.#broken;
  }

  /** The same text is drawn once; null: it cannot be. */
  async of(svg: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const drawing = this.#kept.get(svg) ?? this.#inTurn(() => this.#draw(svg));
    this.#kept.delete(svg);
    this.#kept.set(svg, drawing);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    try {
      const drawn = await drawing;
      this.#broken = false;
      return drawn;
    } catch (error) {
      this.#kept.delete(svg);
      if (!this.#broken) this.#failed(error);
      this.#broken = true;
      return null;
    }
  }
}

/** The verdict on a proposal, as it is drawn. */
export function pictureOf(id: string, { history, document }: Shown): string {
  const { proposal, verdict } = history;
  return verdictPicture({
    network: document.network,
    id,
    kind: proposal ? kindText(kindOf(proposal)) : '',
    title: proposal?.title ?? '',
    verdict: verdict?.verdict ?? null,
    packageSha256: document.version?.packageSha256 ?? null,
  });
}
