import { createRequire } from 'node:module';
import { loadPart } from './load-part.ts';

const FONTS = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSansMono.ttf'];

/**
 * SVG as PNG, drawn beside the main thread with fonts that come with the program: those of the machine would make another
 * picture on each, and some none. Nothing is loaded that the SVG might name. Rejects where it cannot be drawn.
 */
export async function pngOf(svg: string): Promise<Uint8Array<ArrayBuffer>> {
  const { renderAsync } = await loadPart('@resvg/resvg-js', () => import('@resvg/resvg-js'));
  const { resolve } = createRequire(import.meta.url);
  const fontFiles = FONTS.map((name) => resolve(`dejavu-fonts-ttf/ttf/${name}`));
  const image = await renderAsync(svg, {
    font: { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' },
    logLevel: 'off',
  });
  return Uint8Array.from(image.asPng());
}
