import type { Page } from "playwright-core";
export function difference(page: Page, a: Buffer, b: Buffer): Promise<{ readonly mean: number; readonly largest: number }>;
