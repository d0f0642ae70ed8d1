import type { Page } from "playwright-core";

export const grid: { readonly width: number; readonly height: number };
export const limits: { readonly mean: number; readonly largest: number };
/** How two grids differ; `fault` says what is wrong with that, if anything. */
export function difference(
  a: readonly number[],
  b: readonly number[],
): { readonly mean: number; readonly largest: number; readonly fault: string | undefined };
/** Brightness by cell, 0 to 255, of a WebP picture. */
export function gridOf(page: Page, bytes: Uint8Array): Promise<number[]>;
