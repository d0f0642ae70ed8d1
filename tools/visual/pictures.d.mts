import type { Browser, Page } from "playwright-core";

/** One picture of the record. */
export interface Picture {
  readonly panel: string;
  readonly theme: "dark" | "light" | "contrast";
  /** Services of the host. */
  readonly count: number;
  readonly width: number;
  readonly height: number;
}
export const pictures: readonly Picture[];
/** Name of its file. */
export function nameOf(picture: Picture): string;
/** What the page shows, as WebP. */
export function shoot(page: Page): Promise<Buffer>;
export function takePictures(
  browser: Browser,
  staticDir: string,
  list: readonly Picture[],
  take: (picture: Picture, bytes: Buffer, page: Page) => unknown,
): Promise<void>;
