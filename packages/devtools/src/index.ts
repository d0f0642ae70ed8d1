/**
 * `@skyloom/devtools`: client, stores and panels of the inspector.
 *
 * @module
 */
export {};
