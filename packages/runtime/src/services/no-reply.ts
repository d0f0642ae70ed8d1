/** What a command returns that replies later or never. */
export const NO_REPLY: unique symbol = Symbol("no reply");
