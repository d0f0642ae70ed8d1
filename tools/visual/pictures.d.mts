import type { Browser } from "playwright-core";
export interface Picture {
  readonly panel: string;
  readonly theme: string;
  readonly count: number;
  readonly width: number;
  readonly height: number;
}
export const pictures: readonly Picture[];
export function nameOf(picture: Picture): string;
export function takePictures(
  browser: Browser,
  staticDir: string,
  list: readonly Picture[],
  take: (entry: Picture, png: Buffer) => unknown,
): Promise<void>;
